import { z } from 'zod'
import type { Running } from './running.ts'

export const options = z.strictObject({
  url: z.url().exactOptional().describe('a Toxiproxy that is already running: http://127.0.0.1:8474'),
  listen: z.string().min(1).exactOptional().describe('where its proxies listen; default 127.0.0.1'),
  ports: z
    .string()
    .regex(/^\d+-\d+$/, 'write the first and the last port: 8666-8697')
    .exactOptional()
    .describe('the ports where its proxies may listen; default: any'),
  tap_host: z.string().min(1).exactOptional().describe('the name of this machine, as it sees it; default 127.0.0.1'),
  tap_bind: z.string().min(1).exactOptional().describe('where the tap behind it listens; default 127.0.0.1'),
  image: z.string().min(1).exactOptional().describe('in the lab containers: the image to start'),
})
export type ToxiproxyOptions = z.infer<typeof options>

const LOOPBACK = '127.0.0.1'

/** `undefined` where none is said to be running. */
export function runningFrom({ url, listen, ports, tap_host, tap_bind }: ToxiproxyOptions): Running | undefined {
  if (url === undefined) return undefined
  const [from, to] = (ports ?? '').split('-').map(Number)
  return {
    url,
    listenHost: listen ?? LOOPBACK,
    ...(from && to ? { ports: [from, to] as const } : {}),
    tapHost: tap_host ?? LOOPBACK,
    tapBind: async () => tap_bind ?? LOOPBACK,
  }
}
