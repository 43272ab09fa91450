import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({})
type Params = z.infer<typeof options>

/**
 * The client's network interface is down, as while a modem has no cell: its kernel keeps what is written to open connections, and refuses to
 * open new ones (ENETUNREACH). Lifted, it is up again with the same address.
 */
export const interfaceDown: Fault<Params> = {
  name: 'interface-down',
  summary: "the client's network interface is down: its kernel keeps what is written, and opens no connection",
  options,
  holds: 'order',
  on: () => [{ to: 'link', do: 'move', what: 'down' }],
  off: () => [{ to: 'link', do: 'move', what: 'up' }],
}
