import { z } from 'zod'
import type { Duration } from '../model/duration.ts'
import type { WillChoice } from '../model/scenario.ts'
import { duration, qos } from '../model/schema.ts'

/** What of a will a client kind can be told; QoS and payload it always can. */
export interface WillAbility {
  readonly delay: boolean
  readonly retain: boolean
}

/** Four bytes of seconds: MQTT 5.0 §3.1.3.2.2. */
const LONGEST_S = 0xffff_ffff

/** The payload of a will has a length of two bytes: MQTT 3.1.1 §3.1.3.3, 5.0 §3.1.3.4. */
const LARGEST = 0xffff

const delay = duration
  .superRefine((length, ctx) => {
    const wrong = whatIsWrong(length)
    if (wrong) ctx.addIssue(wrong)
  })
  .transform(({ ms }) => ms / 1000)
  .describe('how long the broker keeps it back once it knows, in whole seconds (Will Delay Interval, MQTT 5.0)')

function whatIsWrong({ ms, k }: Duration): string | undefined {
  if (k !== 0) return 'the Will Delay Interval is counted in seconds, not in K'
  if (ms % 1000 !== 0) return 'MQTT counts the Will Delay Interval in whole seconds'
  if (ms < 0 || ms > LONGEST_S * 1000) return `a Will Delay Interval lies between 0s and ${LONGEST_S}s`
  return undefined
}

/** `will: { delay: 10s, qos: 2, retain: true, size: 5000 }`, as far as this kind of client can be told. */
export function willSchema(client: string, can: WillAbility = { delay: true, retain: true }): z.ZodType<WillChoice> {
  const able = <T>(is: boolean, schema: z.ZodType<T>, what: string): z.ZodType<T | undefined> =>
    is ? schema.optional() : z.never({ error: `${client} can't be told ${what} of its will` }).optional()
  return z
    .strictObject({
      delay: able(can.delay, delay, 'the delay'),
      qos: qos.optional().describe('absent: 1'),
      retain: able(can.retain, z.boolean(), 'the retain flag').describe('whether the broker keeps it; absent: false'),
      size: z.int().min(0).max(LARGEST).optional().describe('bytes of its payload'),
    })
    .transform(
      ({ delay: delayS, qos: level, retain, size }): WillChoice => ({
        ...(delayS !== undefined && { delayS }),
        ...(level !== undefined && { qos: level }),
        ...(retain !== undefined && { retain }),
        ...(size !== undefined && { size }),
      }),
    )
}
