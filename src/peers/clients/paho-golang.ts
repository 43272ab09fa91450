import { goRecipe } from '../recipes/recipe.ts'
import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

export const pahoGolang: ClientKind = driver({
  name: 'paho-golang',
  summary: "Eclipse Paho's autopaho for Go, paho.golang 0.23.0; MQTT 5.0 only",
  recipe: goRecipe('paho-golang'),
  protocols: [5],
})
