import { mavenRecipe } from '../recipes/recipe.ts'
import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

export const pahoJava: ClientKind = driver({
  name: 'paho-java',
  summary: 'Eclipse Paho Java 1.2.5 (mqttv3); MQTT 3.1.1 only, no TLS',
  recipe: mavenRecipe('paho-java'),
  protocols: [4],
  schemes: ['mqtt', 'ws'],
})
