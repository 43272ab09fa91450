import { goRecipe } from '../recipes/recipe.ts'
import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

export const pahoGo: ClientKind = driver({
  name: 'paho-go',
  summary: 'Eclipse Paho MQTT Go 1.5.1; MQTT 3.1.1 only',
  recipe: goRecipe('paho-go'),
  protocols: [4],
})
