import { z } from 'zod'
import type { News } from '../../peers/brokers/watchers.ts'

const line = z.object({
  what: z.enum(['started', 'client-connected', 'client-closed', 'keepalive-timeout', 'error']),
  clientId: z.string().optional(),
  note: z.string().optional(),
})

export interface AedesNews {
  readonly what: string
  readonly clientId: string | undefined
  readonly note: string | undefined
  readonly news: News
}

/** A line of docker/aedes/server.js; `undefined` for any other. It never throws: the log may be cut anywhere. */
export function parseAedesLog(text: string): AedesNews | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const { what, clientId, note } = line.parse(JSON.parse(text))
    return { what, clientId, note, news: { what, ...(note === undefined ? {} : { note }) } }
  } catch {
    return undefined
  }
}
