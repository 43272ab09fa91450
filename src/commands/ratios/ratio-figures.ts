import type { Lab, Peers } from '../../labs/lab.ts'

/**
 * What a real peer was seen to do, as figures that others can build on: the ratio table is made of these, and so is a
 * calibrated profile. Everything in it comes from evidence; what was not seen is left out, never guessed.
 */

/** A line through the points of several keep-alives: `k` times K, and `ms` on top. */
export interface RatioFit {
  k: number
  ms: number
  /** The true line has a factor of `k` plus or minus this, and an offset of `ms` plus or minus that: in 95 of 100 at least. */
  withinK: number
  withinMs: number
  /** How far the points lie apart around the line: the greatest minus the least residual. */
  spreadMs: number
}

export interface MeasuredPeer {
  name: string
  version: string
  role: 'client' | 'broker'
  /** ISO 8601, when the last of its runs began. */
  date: string
  /** The version of halfopen that measured. */
  halfopen: string
  keepalivesS: number[]
  /** Detections that the fits rest on. */
  samples: number
  /** A client's: from the last answer that it got to its giving up, idle. */
  afterAnswer?: RatioFit
  /** A client's: from one PINGREQ to the next while all is well. */
  ping?: RatioFit
  /** A broker's: from the last packet that reached it to its close; the earliest that there is at each K. */
  afterLastPacket?: RatioFit
  /** A broker's: how much later than its earliest it may be. */
  granularityMs?: number
  granularityWithinMs?: number
  spreadMs: number
  /** A client's: the same as `afterAnswer` while the application publishes; `never` if it did not give up while watched. */
  whilePublishing?: RatioFit | 'never'
  /** MQTT 5.0 [MQTT-3.1.2-21]; unknown: it speaks no MQTT 5.0 here, or no broker that imposes an interval was at hand. */
  serverKeepAlive?: 'honoured' | 'ignored' | 'unknown'
  /** What the client's library tells the application when it gives up. */
  told?: string
  /** A broker's: its closings fall on a grid of the clock, this far apart. */
  scanMs?: number
  /** Runs while all was well, and how many of these lost their connection by this peer's doing. */
  falseAlarms?: { runs: number; lost: number }
  /** Why a figure is missing, or not known as exactly as a figure has to be; each begins with the figure's name. */
  doubts?: string[]
  /** Which figure there is none of, since the peer itself does not keep to a line; each begins with the figure's name. */
  varies?: string[]
}

/** A single peer to be measured, and how: whatever is absent is as `halfopen ratios --clients --brokers` does it. */
export interface MeasureOrder {
  readonly role: 'client' | 'broker'
  readonly name: string
  /** As a scenario gives them, already checked by the kind's own schema. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Who stands at the other end; absent: for a client mosquitto where it is installed, else Aedes; for a broker MQTT.js. */
  readonly partner?: string
  readonly keepalivesS?: readonly number[]
  readonly phases?: number
  readonly brokerSamples?: number
  /** Runs at once. */
  readonly jobs?: number
}

export interface MeasureContext {
  /** One in which time is real. */
  readonly lab: Lab
  readonly peers: Peers
  readonly signal?: AbortSignal
  readonly progress?: (done: number, total: number) => void
}

/**
 * `measurePeer` in measure-peer.ts. Rejects with an Error that says why where the peer can't be measured: unknown name, not
 * installed (with the remedy), too few keep-alives that it takes, stopped. Figures that can't be relied on are among the doubts.
 */
export type MeasurePeer = (order: MeasureOrder, context: MeasureContext) => Promise<MeasuredPeer>

/** It was measured as it should be, and noticed nothing: a finding, where other errors are the measurement's own failure. */
export class NeverGaveUp extends Error {}
