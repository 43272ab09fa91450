import { z } from 'zod'
import type { Fault } from './fault.ts'

const options = z.strictObject({})
type Params = z.infer<typeof options>

/**
 * The client's address changes, as a phone's that leaves its Wi-Fi: what was open from the old address is on a dead path, nobody is told,
 * and what the client opens from now on comes from the new one and gets through. It does not go back.
 */
export const roam: Fault<Params> = {
  name: 'roam',
  summary:
    "the client's address changes: its open connections are on a dead path and nobody is told, new ones get through",
  options,
  holds: 'mark',
  on: () => [{ to: 'link', do: 'move', what: 'address' }],
  off: () => [],
}
