import { z } from 'zod'
import type { Stream, Traffic } from '../model/scenario.ts'
import { duration, payloadSize, qos } from '../model/schema.ts'

/** What a client kind can be asked for. */
export interface TrafficAbility {
  readonly publishing: boolean
  readonly receiving: boolean
}

const stream: z.ZodType<Stream> = z
  .strictObject({
    qos: qos.default(0),
    every: duration,
    size: payloadSize.optional().describe('bytes of each payload; absent: some tens'),
  })
  .transform(({ size, ...given }): Stream => ({ ...given, ...(size !== undefined && { size }) }))

/** `idle`, or publishing and receiving as far as this kind of client can. */
export function trafficSchema(client: string, can: TrafficAbility): z.ZodType<Traffic> {
  const idle = z.literal('idle', { error: otherWord }).transform((): Traffic => ({}))
  const busy = z
    .strictObject({
      publishing: able(can.publishing, `${client} can't be asked to publish`),
      receiving: able(can.receiving, `${client} can't be asked to receive`),
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
const able = (can: boolean, otherwise: string): z.ZodType<Stream | undefined> =>
  can ? stream.optional() : z.never({ error: otherwise }).optional()
