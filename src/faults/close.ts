import { z } from 'zod'
import { sides } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({ side: sides.default('both') })
type Params = z.infer<typeof options>

/**
 * A FIN on every live connection, after what is in flight. The other side is not told: with `side: client` the broker's
 * half stays open and silent, a ghost, until the broker itself ends it or the run ends; and the other way round.
 * `both`: both are told, as by a proxy that closes. Connections opened later are not touched.
 */
export const close: Fault<Params> = {
  name: 'close',
  summary: 'FIN to the side named, on every live connection; the other side is not told',
  options,
  holds: 'order',
  on: ({ side }) => [{ to: 'link', do: 'end', side, how: 'fin' }],
  off: () => [],
}
