/**
 * What a real peer was measured to do: one schema of the figures, from which a row of the ratio table, a row of a baseline
 * and a profile are picked. A figure that was not seen is left out, never guessed.
 */
import { z } from 'zod'

const least0 = z.number().min(0)

/** A line over keep-alives: `k` times K, and `ms` milliseconds on top. */
export const lineSchema = z.strictObject({
  k: least0,
  ms: z.number(),
  /** The true factor is `k` plus or minus this, and the true offset `ms` plus or minus that: in 95 of 100 at least. */
  withinK: least0.exactOptional(),
  withinMs: least0.exactOptional(),
})
/** Without margins where a source says it: that is exact. */
export type Line = Readonly<z.infer<typeof lineSchema>>

/** A line through the points of several keep-alives, which lie `spreadMs` apart around it: the greatest minus the least residual. */
export const fitSchema = lineSchema.extend({ spreadMs: least0 })
/** Files of before have no margins. */
export type MeasuredFit = Readonly<z.infer<typeof fitSchema>>

/** As it is measured now: with its margins. */
export const marginFitSchema = fitSchema.required()
export type RatioFit = z.infer<typeof marginFitSchema>

/** The figures, with `fit` as the form of a line. */
export const figuresOf = <Fit extends z.ZodType>(fit: Fit) => ({
  /** A client's: from the last answer that it got to its giving up, idle. */
  afterAnswer: fit,
  /** A client's: from one PINGREQ to the next, idle and healthy. */
  ping: fit,
  /** A client's: as `afterAnswer` while its application publishes; `never` where it did not give up while watched. */
  whilePublishing: z.union([fit, z.literal('never')]),
  /** A client's. MQTT 5.0 [MQTT-3.1.2-21]; unknown: it speaks no MQTT 5.0 here, or no broker that imposes an interval was at hand. */
  serverKeepAlive: z.enum(['honoured', 'ignored', 'unknown']),
  /** What a client's library tells the application when it gives up. */
  told: z.string().min(1),
  /** A broker's: from the last packet that reached it to its close, at the earliest. */
  afterLastPacket: fit,
  /** A broker's: how much later than its earliest it may be by its own way of looking. */
  granularityMs: least0,
  granularityWithinMs: least0,
  /** A broker's: its closings fall on a grid of its clock, this far apart; absent: none is evident. */
  scanMs: least0,
  /** How far apart two detections may lie beyond what the figures say. */
  spreadMs: least0,
})
