import { z } from 'zod'
import { figuresOf, lineSchema, marginFitSchema } from '../model/peer-figures.ts'

/** The detections of one peer at one keep-alive: from the last answer for a client, from the last packet for a broker. */
const point = z.object({
  keepaliveS: z.number(),
  traffic: z.enum(['idle', 'publishing']),
  count: z.number(),
  leastMs: z.number(),
  medianMs: z.number(),
  greatestMs: z.number(),
  /** Of the same ones, from the cut. */
  cutLeastMs: z.number(),
  cutGreatestMs: z.number(),
})
export type KeepalivePoint = Readonly<z.infer<typeof point>>

export const falseAlarmsSchema = z.object({
  /** While all was well, and how many of these lost their connection by this peer's doing. */
  runs: z.number(),
  lost: z.number(),
})

const { afterAnswer, ping, whilePublishing, serverKeepAlive, told, ...brokers } = figuresOf(marginFitSchema)
const { afterLastPacket, granularityMs, granularityWithinMs, scanMs, spreadMs } = brokers

/** All that was seen of one peer: a row of the ratio table, with the points that it rests on. A profile is made of it too. */
export const peerRowSchema = z.object({
  name: z.string(),
  version: z.string(),
  role: z.enum(['client', 'broker']),
  /** ISO 8601, when the last of its runs began. */
  date: z.string(),
  /** The version of halfopen that measured. */
  halfopen: z.string(),
  keepalivesS: z.array(z.number()),
  /** Detections that the fits rest on. */
  samples: z.number(),
  afterAnswer: afterAnswer.exactOptional(),
  ping: ping.exactOptional(),
  afterLastPacket: afterLastPacket.exactOptional(),
  granularityMs: granularityMs.exactOptional(),
  granularityWithinMs: granularityWithinMs.exactOptional(),
  spreadMs,
  whilePublishing: whilePublishing.exactOptional(),
  serverKeepAlive: serverKeepAlive.exactOptional(),
  told: told.exactOptional(),
  scanMs: scanMs.exactOptional(),
  /** It did not give up at all, idle and watched for `watchedMs`. */
  never: z.literal(true).exactOptional(),
  points: z.array(point),
  falseAlarms: falseAlarmsSchema,
  /** How long a peer that never gave up was watched after the cut, at the longest keep-alive. */
  watchedMs: z.number(),
  /** The same line with each partner alone, where that is exact, and how far the medians of two partners lie apart at most. */
  partners: z.array(z.object({ name: z.string(), line: lineSchema.required().exactOptional() })),
  partnersSpreadMs: z.number(),
  /** Runs that could not be relied on, both times that they were played. */
  lost: z.number(),
  /** Why a figure is missing, or not known as exactly as a figure has to be; each begins with the figure's name. */
  doubts: z.array(z.string()),
  /** Which figure there is none of, since the peer itself does not keep to a line; each begins with the figure's name. */
  varies: z.array(z.string()),
})
export type RatioRow = z.infer<typeof peerRowSchema>
