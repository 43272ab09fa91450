import { z } from 'zod'
import { startNoop, type WireToxic } from './wire-toxic.ts'

export const noop: WireToxic<Record<string, never>> = {
  name: 'noop',
  summary: 'passes everything at once',
  options: z.object({}),
  updates: 'in-place',
  start: (_attributes, _flow, meeting) => startNoop(meeting),
}
