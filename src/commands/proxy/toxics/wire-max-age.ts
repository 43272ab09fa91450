import { z } from 'zod'
import { maxAge as wire } from '../../../link/toxics/max-age-toxic.ts'
import type { WireToxic } from './wire-toxic.ts'

const options = z.object({
  /** Milliseconds from the connection's opening. */
  after: z.int().min(1),
  on_expiry: z.enum(['fin-both', 'rst-both']).default('fin-both'),
})

export const maxAge: WireToxic<z.infer<typeof options>> = {
  name: 'max_age',
  summary: 'a box that ends each connection at an age, however busy',
  options,
  updates: 'anew',
  start: ({ after, on_expiry }, _, meeting) => wire.start({ afterMs: after, onExpiry: on_expiry }, meeting),
}
