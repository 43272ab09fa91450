import { z } from 'zod'
import { sides } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({ side: sides.default('both') })
type Params = z.infer<typeof options>

/**
 * A true RST on every live connection, now. The other side is not told: with `side: client` the broker's half stays
 * open and silent, a ghost, until the broker itself ends it or the run ends; and the other way round. `both`: both are
 * told. Connections opened later are not touched.
 */
export const reset: Fault<Params> = {
  name: 'reset',
  summary: 'RST to the side named, on every live connection; the other side is not told',
  options,
  holds: 'order',
  on: ({ side }) => [{ to: 'link', do: 'end', side, how: 'rst' }],
  off: () => [],
}
