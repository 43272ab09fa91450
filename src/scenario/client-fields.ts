import { z } from 'zod'
import type { Duration } from '../model/duration.ts'
import type { ReceivingStream, Stream, Traffic, WillChoice } from '../model/scenario.ts'
import { duration, payloadSize, qos } from '../model/schema.ts'

/** What of a will a client kind can be told; QoS and payload it always can. */
interface WillAbility {
  readonly delay: boolean
  readonly retain: boolean
}

/** Four bytes of seconds: MQTT 5.0 §3.1.3.2.2. */
const WILL_LONGEST_S = 0xffff_ffff

/** The payload of a will has a length of two bytes: MQTT 3.1.1 §3.1.3.3, 5.0 §3.1.3.4. */
const LARGEST = 0xffff

const delay = duration
  .superRefine((length, ctx) => {
    const wrong = whatIsWrongWithWill(length)
    if (wrong) ctx.addIssue(wrong)
  })
  .transform(({ ms }) => ms / 1000)
  .describe('how long the broker keeps it back once it knows, in whole seconds (Will Delay Interval, MQTT 5.0)')

function whatIsWrongWithWill({ ms, k }: Duration): string | undefined {
  if (k !== 0) return 'the Will Delay Interval is counted in seconds, not in K'
  if (ms % 1000 !== 0) return 'MQTT counts the Will Delay Interval in whole seconds'
  if (ms < 0 || ms > WILL_LONGEST_S * 1000) return `a Will Delay Interval lies between 0s and ${WILL_LONGEST_S}s`
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

/** What a client kind can be asked for. */
interface TrafficAbility {
  readonly publishing: boolean
  readonly receiving: boolean
}

const fields = {
  qos: qos.default(0),
  every: duration,
  size: payloadSize.optional().describe('bytes of each payload; absent: some tens'),
}

const stream: z.ZodType<Stream> = z
  .strictObject(fields)
  .transform(({ size, ...given }): Stream => ({ ...given, ...(size !== undefined && { size }) }))

const receivingStream: z.ZodType<ReceivingStream> = z
  .strictObject({
    ...fields,
    share: z
      .boolean()
      .optional()
      .describe('the client is a member of a shared subscription, and the witness the other one; absent: false'),
    expiry: duration
      .superRefine((length, ctx) => {
        const wrong = whatIsWrongWithExpiry(length)
        if (wrong) ctx.addIssue(wrong)
      })
      .transform(({ ms }) => ms / 1000)
      .optional()
      .describe('Message Expiry Interval of MQTT 5.0, in whole seconds'),
  })
  .transform(
    ({ size, share, expiry, ...given }): ReceivingStream => ({
      ...given,
      ...(size !== undefined && { size }),
      ...(share && { share }),
      ...(expiry !== undefined && { expiryS: expiry }),
    }),
  )

function whatIsWrongWithExpiry({ ms, k }: Duration): string | undefined {
  if (k !== 0) return 'the Message Expiry Interval is counted in seconds, not in K'
  if (ms % 1000 !== 0) return 'MQTT counts the Message Expiry Interval in whole seconds'
  if (ms < 1000 || ms > WILL_LONGEST_S * 1000) return `a Message Expiry Interval lies between 1s and ${WILL_LONGEST_S}s`
  return undefined
}

/** `idle`, or publishing and receiving as far as this kind of client can. */
export function trafficSchema(client: string, can: TrafficAbility): z.ZodType<Traffic> {
  const idle = z.literal('idle', { error: otherWord }).transform((): Traffic => ({}))
  const busy = z
    .strictObject({
      publishing: able(can.publishing, stream, `${client} can't be asked to publish`),
      receiving: able(can.receiving, receivingStream, `${client} can't be asked to receive`),
    })
    .superRefine((streams, ctx) => {
      if (ctx.issues.length === 0 && !streams.publishing && !streams.receiving)
        ctx.addIssue('say publishing, receiving or both; no traffic at all is written: traffic: idle')
    })
    .transform(
      ({ publishing, receiving }): Traffic => ({ ...(publishing && { publishing }), ...(receiving && { receiving }) }),
    )
  return z.union([idle, busy]).meta({ description: 'what the client does besides keeping alive' })
}

const otherWord = ({ input }: { readonly input?: unknown }): string | undefined =>
  typeof input === 'string' ? 'traffic is idle, or a map such as { publishing: { qos: 0, every: 500ms } }' : undefined

/** A key that this client kind can't follow stays in the schema, so that the message is about the client, not the key. */
const able = <S>(can: boolean, schema: z.ZodType<S>, otherwise: string): z.ZodType<S | undefined> =>
  can ? schema.optional() : z.never({ error: otherwise }).optional()
