/**
 * What was measured of a peer, as a file that scenarios name (`profile: my-device.profile.json`) and `halfopen calibrate`
 * writes. The format is described in docs/profiles.md.
 */
import { z } from 'zod'
import { figuresOf, fitSchema, type MeasuredFit } from './peer-figures.ts'

/** The kind of client and of broker that is a model made of a profile. */
export const MEASURED = 'measured'

/** Version of the format. A change that an older reader would misread makes it 2. */
export const PROFILE_FORMAT = 1 as const

interface Head {
  readonly profile: typeof PROFILE_FORMAT
  readonly name: string
  readonly version: string
  /** What evidence calls the peer where that is not its name: any program is a `command`, any URL an `external` broker. */
  readonly seenAs?: { readonly name: string; readonly version: string }
  /** ISO 8601, a date or a moment. */
  readonly measured: string
  /** The version of halfopen that measured. */
  readonly halfopen: string
  readonly machine?: string
  /** Where time was scaled, and how much: `accelerated x20`; absent: it was the machine's. */
  readonly lab?: string
  /** The keep-alives that were tried, in seconds. Beyond them the figures are the line's, not the peer's. */
  readonly keepalivesS: readonly number[]
  /** Detections that the figures rest on. */
  readonly samples: number
  /** How much later than its line it may be by its own way of looking; 0 of a client, which has a line or no profile. */
  readonly granularityMs: number
  readonly granularityWithinMs?: number
  /** How much further apart two detections of it may lie. */
  readonly spreadMs: number
}

export interface ClientMeasurement extends Head {
  readonly role: 'client'
  /** From one PINGREQ to the next, idle and healthy. */
  readonly ping: MeasuredFit
  /** From the last answer that it got to its giving up, idle. */
  readonly afterAnswer: MeasuredFit
  /** The same while the application publishes; absent: not measured. */
  readonly whilePublishing?: MeasuredFit | 'never'
  /** MQTT 5.0 [MQTT-3.1.2-21]. */
  readonly serverKeepAlive: 'honoured' | 'ignored' | 'unknown'
  /** What its application is told when it gives up. */
  readonly told?: string
}

export interface BrokerMeasurement extends Head {
  readonly role: 'broker'
  /** From the last packet that reached it to its close, at the earliest. */
  readonly afterLastPacket: MeasuredFit
  /** Its closings fall on a grid of its clock, this far apart; absent: none is evident. */
  readonly scanMs?: number
}

export type Profile = ClientMeasurement | BrokerMeasurement

const text = z.string().min(1)
const { afterAnswer, ping, whilePublishing, serverKeepAlive, told, ...brokers } = figuresOf(fitSchema)
const { afterLastPacket, granularityMs, granularityWithinMs, scanMs, spreadMs } = brokers
const when = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

const head = {
  profile: z.literal(PROFILE_FORMAT),
  name: text,
  version: text,
  seenAs: z.strictObject({ name: text, version: text }).exactOptional(),
  measured: when,
  halfopen: text,
  machine: text.exactOptional(),
  lab: text.exactOptional(),
  keepalivesS: z.array(z.int().min(1).max(65_535)).min(1),
  samples: z.int().min(1),
  granularityMs,
  granularityWithinMs: granularityWithinMs.exactOptional(),
  spreadMs,
}

const client = z.strictObject({
  ...head,
  role: z.literal('client'),
  ping,
  afterAnswer,
  whilePublishing: whilePublishing.exactOptional(),
  serverKeepAlive,
  told: told.exactOptional(),
})

const broker = z.strictObject({
  ...head,
  role: z.literal('broker'),
  afterLastPacket,
  scanMs: scanMs.exactOptional(),
})

/** Of a file, so that a slip of the pen is not overlooked. */
export const profileSchema: z.ZodType<Profile> = z.discriminatedUnion('role', [client, broker])

/** The same where it travels in evidence; what a later halfopen adds to it is no reason not to read it. */
export const clientProfileInside: z.ZodType<ClientMeasurement> = client.strip()
export const brokerProfileInside: z.ZodType<BrokerMeasurement> = broker.strip()
