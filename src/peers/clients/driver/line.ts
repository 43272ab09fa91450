import { z } from 'zod'

const note = z.string().exactOptional()
const code = z.int().exactOptional()
/** MQTT 5.0 §3.2.2.3.14: a two byte integer, in seconds. */
const serverKeepAliveS = z.int().min(0).max(0xffff).exactOptional()

/** A line of a driver's standard output, as docs/drivers.md has it. What else an object may hold is left out. */
const line = z.discriminatedUnion('what', [
  z.object({ what: z.literal('connected'), serverKeepAliveS, note }),
  z.object({ what: z.enum(['closed', 'error', 'reconnecting', 'offline']), code, note }),
  z.object({ what: z.literal('acknowledged'), seq: z.int().positive() }),
  z.object({ what: z.literal('received'), payload: z.string() }),
])
export type DriverLine = z.infer<typeof line>

/** `undefined` where it is none. */
export function parseLine(text: string): DriverLine | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return line.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
