import { appliances } from './appliances.ts'
import { carriers } from './carriers.ts'
import { clouds } from './clouds.ts'
import type { Middlebox } from './middlebox.ts'
import { proxies } from './proxy-presets.ts'

/** All presets, by name. */
export const middleboxes: ReadonlyMap<string, Middlebox> = new Map(
  [...clouds, ...appliances, ...proxies, ...carriers].map(box => [box.name, box]),
)
