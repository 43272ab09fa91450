import type { Lab, Peers } from '../labs/lab.ts'
import type { RatioRow } from './peer-row.ts'

/** What a profile is made of: a row of the ratio table, without what only a table needs. */
export type MeasuredPeer = Omit<RatioRow, OfTheTable | Optional> & Partial<Pick<RatioRow, Optional>>

type OfTheTable = 'points' | 'watchedMs' | 'never' | 'partners' | 'partnersSpreadMs' | 'lost'
type Optional = 'falseAlarms' | 'doubts' | 'varies'

export function asMeasured(row: RatioRow): MeasuredPeer {
  const { points, watchedMs, never, partners, partnersSpreadMs, lost, ...measured } = row
  return measured
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
  /** One in which time is real, or scaled. */
  readonly lab: Lab
  /** How many times as fast its time is as the machine's; absent: 1. */
  readonly speed?: number
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
