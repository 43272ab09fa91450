import { z } from 'zod'
import type { MeasuredPeer } from './ratio-figures.ts'

/** Version of the format. A change that an older reader would misread makes it 2. */
export const RATIOS_FORMAT = 1

const line = z.object({ k: z.number(), ms: z.number() })
const within = { withinK: z.number(), withinMs: z.number() }
const fit = line.extend({ ...within, spreadMs: z.number() })

/** As a baseline has it: what the sources say is exact. */
export const lineSchema = line.extend({
  withinK: within.withinK.exactOptional(),
  withinMs: within.withinMs.exactOptional(),
})

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

const falseAlarms = z.object({
  /** While all was well, and how many of these lost their connection by this peer's doing. */
  runs: z.number(),
  lost: z.number(),
})

/** A row of the table, with the points that it rests on. */
export const rowSchema = z.object({
  name: z.string(),
  version: z.string(),
  role: z.enum(['client', 'broker']),
  date: z.string(),
  halfopen: z.string(),
  keepalivesS: z.array(z.number()),
  samples: z.number(),
  afterAnswer: fit.exactOptional(),
  ping: fit.exactOptional(),
  afterLastPacket: fit.exactOptional(),
  granularityMs: z.number().exactOptional(),
  granularityWithinMs: z.number().exactOptional(),
  spreadMs: z.number(),
  whilePublishing: z.union([fit, z.literal('never')]).exactOptional(),
  serverKeepAlive: z.enum(['honoured', 'ignored', 'unknown']).exactOptional(),
  told: z.string().exactOptional(),
  /** It did not give up at all, idle and watched for `watchedMs`. */
  never: z.literal(true).exactOptional(),
  points: z.array(point),
  falseAlarms,
  /** How long a peer that never gave up was watched after the cut, at the longest keep-alive. */
  watchedMs: z.number(),
  /** A broker's: its closings fall on a grid of the clock, this far apart. */
  scanMs: z.number().exactOptional(),
  /** The same line with each partner alone, where that is exact, and how far the medians of two partners lie apart at most. */
  partners: z.array(z.object({ name: z.string(), line: line.extend(within).exactOptional() })),
  partnersSpreadMs: z.number(),
  /** Runs that could not be relied on, both times that they were played. */
  lost: z.number(),
  /** Why a figure is missing, or not known as exactly as a figure has to be; each begins with the figure's name. */
  doubts: z.array(z.string()),
  /** Which figure there is none of, since the peer itself does not keep to a line; each begins with the figure's name. */
  varies: z.array(z.string()),
})
export type RatioRow = z.infer<typeof rowSchema>

/** What a calibration is made of: the row without what only a table needs. */
export function asMeasured(row: RatioRow): MeasuredPeer {
  const { points, watchedMs, never, partners, partnersSpreadMs, lost, ...measured } = row
  return measured
}

const pair = z.object({
  client: z.string(),
  broker: z.string(),
  protocol: z.union([z.literal(4), z.literal(5)]),
  /** Runs with a cut that count. */
  runs: z.number(),
  afterAnswer: fit.exactOptional(),
  never: z.literal(true).exactOptional(),
  whilePublishing: z.union([fit, z.literal('never')]).exactOptional(),
  /** The broker's, in keep-alives: from the last packet, the least and the greatest. */
  brokerLeastK: z.number().exactOptional(),
  brokerGreatestK: z.number().exactOptional(),
  /** Of the runs with a cut: who noticed first. Less than 50 ms apart is no order. */
  first: z.object({ client: z.number(), broker: z.number(), tie: z.number(), nobody: z.number() }),
  falseAlarms,
  lost: z.number(),
  doubts: z.array(z.string()),
  varies: z.array(z.string()),
})
export type PairRow = z.infer<typeof pair>

const leftOut = z.object({ what: z.string(), reason: z.string(), remedy: z.string().exactOptional() })

/** The whole ratio table, as `--json` writes it and `--baseline` reads it. */
export const ratioTableSchema = z.object({
  ratios: z.literal(RATIOS_FORMAT),
  halfopen: z.string(),
  node: z.string(),
  lab: z.string(),
  /** ISO 8601. */
  started: z.string(),
  tookMs: z.number(),
  machine: z.object({ cores: z.number(), loadBefore: z.number() }),
  settings: z.object({
    keepalivesS: z.array(z.number()),
    phases: z.number(),
    traffics: z.array(z.enum(['idle', 'publishing'])),
    brokerSamples: z.number(),
    jobs: z.number(),
    seed: z.number(),
  }),
  /** Stopped before all runs were done. */
  partial: z.boolean(),
  runs: z.object({ planned: z.number(), counted: z.number(), repeated: z.number(), lost: z.number() }),
  peers: z.array(rowSchema),
  pairs: z.array(pair),
  leftOut: z.array(leftOut),
})
export type RatioTable = Readonly<z.infer<typeof ratioTableSchema>>
