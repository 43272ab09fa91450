import { mavenRecipe } from '../recipes/recipe.ts'
import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

export const hivemq: ClientKind = driver({
  name: 'hivemq',
  summary: 'HiveMQ MQTT Client 1.4.0; no ALPN',
  recipe: mavenRecipe('hivemq'),
})
