import type { Dialect } from '../dialect.ts'
import { mosquitto } from './mosquitto.ts'

/** All programs whose words are known. The order is that in which they are tried. */
export const dialects: readonly Dialect[] = [mosquitto]
