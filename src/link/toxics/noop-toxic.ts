import { z } from 'zod'
import type { Toxic } from './toxic.ts'

/** Passes everything at once. The simplest toxic there is, to start a new one from. */
export const noop: Toxic<Record<string, never>> = {
  name: 'noop',
  summary: 'passes everything at once',
  options: z.strictObject({}),
  start: () => ({ onItem: (flow, item) => [{ do: 'pass', flow, item, afterMs: 0 }] }),
}
