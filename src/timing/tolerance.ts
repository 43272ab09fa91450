import { type Duration, keepalives, resolveDuration } from '../model/duration.ts'
import type { Scenario } from '../model/scenario.ts'

/**
 * What a measured profile is allowed beyond its own figures, and the only such allowance: the peers' timers and their
 * processes share a machine with everything else that runs. Aedes at K = 2 was measured up to 100 ms late on an
 * otherwise idle one (facts/keepalive.md §6). Longer stalls of the harness itself make an outcome inconclusive.
 */
const SCHEDULING_MS = 250

/** For windows whose anchor and end are at the same edge. A lab that dates less exactly is allowed that much. */
export const schedulingMs = (labResolutionMs: number): number => Math.max(SCHEDULING_MS, labResolutionMs)

/**
 * What a turn of a program takes of a run's own time, beyond what a constant here allows for it: `slackMs` of a history. Every constant
 * that means the machine's time (a scheduler, a round trip over the loopback, a callback) goes through here or through `schedulingMs`
 * before it is compared with dates of a run; what means a peer's own time (a second in a specification, a broker's scan) does not.
 */
export const turnMs = (ms: number, { slackMs = 0 }: { readonly slackMs?: number }): number => ms + slackMs

/** What crosses the link is on its way that long, there and back. */
export function roundTripMs({ link }: Scenario, keepaliveMs: number): number {
  return 2 * (resolveDuration(link.latency, keepaliveMs) + resolveDuration(link.jitter, keepaliveMs))
}

/** A broker that is well answers a PINGREQ far sooner; one that has not by then has not answered. */
const ANSWER_MS = 1000

/** How old a request of the client's must be for its answer to be missed, seen from the client's edge. */
export const answerMs = (history: {
  readonly scenario: Scenario
  readonly keepaliveMs: number
  readonly slackMs?: number
}): number => turnMs(ANSWER_MS, history) + roundTripMs(history.scenario, history.keepaliveMs)

/**
 * How long after a cut a peer is watched before it is said never to notice. 3K: Paho Java, while it publishes, gives up about 3K
 * after its last answer (docs/ratios.md). 15 s: Paho Go waits 10 s for an answer whatever K, and looks every 5 s at most
 * (profiles/clients.ts); Mosquitto closes up to 7 s after 1.5K (profiles/brokers.ts).
 */
const NOTICE: Duration = keepalives(3, 15_000)

export const noticeMs = (keepaliveMs: number): number => resolveDuration(NOTICE, keepaliveMs)

/**
 * What comes closer together than this is a tie: real sockets and timers differ from the simulated ones by up to 4.4 ms,
 * and no order of two detections below about 50 ms is evidence (measured against real TCP at K = 2).
 */
export const TIE_MS = 50
