import type { Event } from './event.ts'
import type { Scenario } from './scenario.ts'

export interface PeerVersion {
  readonly name: string
  /** As the peer or its package says; `unknown` where it can't be told. */
  readonly version: string
  /** True for a state machine of ours that stands in for the real peer; every output says so. */
  readonly model?: true
  /** Of a client that never sends PINGREQ: its silence is meant. Absent: it pings. */
  readonly pings?: false
  /** How a broker is spoken to, where that is not plain MQTT over TCP. */
  readonly over?: 'mqtts' | 'ws' | 'wss'
}

/** A date by a clock that other machines can be compared with. */
export interface WallClock {
  /** Milliseconds since 1970; in a header: of time 0. */
  readonly atMs: number
  /** At most so far it is off from what `source` names; `null`: not known. */
  readonly errorMs: number | null
  /** `ntp HOST:PORT`, or `boot ID`: the machine itself, since it was started. Dates of one source can be compared. */
  readonly source: string
}

/** How much of a machine there was, and how busy it was when the run began. */
export interface Machine {
  readonly cores: number
  /** Share of the last 10 s in which something waited for a processor, in percent (/proc/pressure/cpu, `some avg10`); absent: not told. */
  readonly cpuPressure?: number
  /** Whether the kernel tells how long a thread waited for a processor (schedstat): without it no process is known to have starved. */
  readonly schedstat: boolean
}

/** First line of an evidence file. With the events it is all that a verdict needs. */
export interface EvidenceHeader {
  /** Version of this format. */
  readonly evidence: 1
  readonly halfopen: string
  readonly node: string
  readonly lab: string
  /** How exactly this lab dates an event, in milliseconds of the peers' time. */
  readonly labResolutionMs: number
  /** How many seconds passed for the peers in one of the machine's: in the lab accelerated. All dates and lengths are the peers'. Absent: 1. */
  readonly speed?: number
  readonly link: string
  readonly broker: PeerVersion
  readonly client: PeerVersion
  readonly seed: number
  /** ISO 8601. In virtual time this is the simulated date. */
  readonly started: string
  /** When time 0 was, where other machines began at the same time (--start-at). */
  readonly clock?: WallClock
  /** What it was played on; absent in virtual time. */
  readonly machine?: Machine
  /** Secrets are already blanked. */
  readonly scenario: Scenario
}

/** Events that are not in memory, in order of `atMs`; the last one is `ended`. */
export interface EventStream {
  readonly count: number
  /** From the first on, at each call anew. */
  slices(): AsyncIterable<readonly Event[]>
  /** Gives back what they take on the disk. */
  dispose(): void
}

export interface Evidence {
  readonly header: EvidenceHeader
  /** In order of `atMs`; the last one is `ended`. Where there is a `whole`, what of it is needed for a verdict (evidence/digest.ts). */
  readonly events: readonly Event[]
  /** All events, where they are more than are kept in memory. */
  readonly whole?: EventStream
}
