import type { z } from 'zod'
import type { Duration } from '../model/duration.ts'
import { duration } from '../model/schema.ts'

/** The field is two bytes wide and counts seconds: MQTT 3.1.1 §3.1.2.10, 5.0 §3.1.2.10. */
const LONGEST_S = 65_535

/** A keep-alive interval in a scenario file; parsed to whole seconds. */
export const keepalive: z.ZodType<number> = duration
  .superRefine((interval, ctx) => {
    const wrong = whatIsWrong(interval)
    if (wrong) ctx.addIssue(wrong)
  })
  .transform(({ ms }) => ms / 1000)

function whatIsWrong({ ms, k }: Duration): string | undefined {
  if (k !== 0) return 'the keep-alive is what K stands for: give it in seconds'
  if (ms % 1000 !== 0) return 'MQTT counts the keep-alive in whole seconds'
  if (ms < 0 || ms > LONGEST_S * 1000) return `a keep-alive lies between 0s and ${LONGEST_S}s (two bytes of seconds)`
  return undefined
}
