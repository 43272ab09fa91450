import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({})
type Params = z.infer<typeof options>

/**
 * The NAT before the client loses its bindings and gives each flow another port with the client's next packet. The broker knows no such
 * connection: its kernel answers RST, and it keeps the old one as a ghost.
 */
export const rebind: Fault<Params> = {
  name: 'rebind',
  summary: "the NAT gives the client's flows another port: the broker answers them with RST and keeps a ghost",
  options,
  holds: 'mark',
  on: () => [{ to: 'link', do: 'move', what: 'port' }],
  off: () => [],
}
