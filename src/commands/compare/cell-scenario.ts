import { milliseconds } from '../../model/duration.ts'
import type { Choice, Scenario } from '../../model/scenario.ts'
import { noticeMs } from '../../timing/tolerance.ts'
import { parseTraffic } from './axes.ts'
import type { Cell } from './cell.ts'
import { faultChoice, kindOf } from './cell-fault.ts'
import { type ComparisonSettings, SIMULATED } from './comparison.ts'

/** No file says these scenarios. */
const HERE = { file: 'halfopen compare', line: 1, column: 1 }

/** A middlebox is watched for so many keep-alives, also where that is longer than asked for: some ten losses and returns. */
const WATCH_K = 25
/** On real sockets: one loss and return, or three silences without one. */
const WATCH_SILENCES = 3

/** How long after a cut it is certain that who has not noticed will not, by the keep-alive. */
export const watchedMs = ({ keepaliveS }: Cell): number => noticeMs(keepaliveS * 1000)

/**
 * The cell as an ordinary scenario. `phase`, 0 to 1, is where in the silence between a PINGRESP and the next PINGREQ the
 * path breaks: at 0 just after the first PINGRESP, at 1 just before the PINGREQ after it.
 */
export function scenarioOf(cell: Cell, phase: number, settings: ComparisonSettings): Scenario {
  const { keepaliveS, fault, latencyMs } = cell
  const choice = faultChoice(fault, cell.idleMs ?? 0)
  const atMs = kindOf(fault) === 'path' ? cutMs(cell, phase) : 0
  return {
    name: 'a cell of a comparison',
    position: HERE,
    broker: brokerOf(cell),
    client: {
      name: cell.client,
      options: {},
      keepaliveS,
      protocol: cell.maxKeepaliveS === null ? 4 : 5,
      traffic: trafficOf(cell),
      count: 1,
    },
    link: { name: 'embedded', options: {}, latency: milliseconds(latencyMs), jitter: milliseconds(0) },
    timeline: choice ? [{ at: milliseconds(atMs), fault: choice, position: HERE }] : [],
    expect: [],
    until: milliseconds(lengthMs(cell, phase, settings)),
  }
}

/** How long it runs at most, from CONNACK. */
export function lengthMs(cell: Cell, phase: number, { lab, forMs, quick }: ComparisonSettings): number {
  if (kindOf(cell.fault) === 'path') return cutMs(cell, phase) + watchedMs(cell)
  const keepaliveMs = cell.keepaliveS * 1000
  if (lab === SIMULATED) return quick ? forMs : Math.max(forMs, WATCH_K * keepaliveMs)
  const silenceMs = Math.max(keepaliveMs, cell.idleMs ?? 0)
  return WATCH_SILENCES * silenceMs + watchedMs(cell)
}

const brokerOf = ({ broker, maxKeepaliveS }: Cell): Choice => ({
  name: broker,
  options: maxKeepaliveS === null ? {} : { max_keepalive: maxKeepaliveS },
})

function trafficOf({ traffic }: Cell): Scenario['client']['traffic'] {
  const parsed = parseTraffic(traffic)
  if (typeof parsed === 'string') throw new Error(`traffic: ${parsed}`)
  return parsed
}

/** Clients that count from the answer ping every K and a round trip; the margins keep clear of both packets. */
function cutMs({ keepaliveS, latencyMs }: Cell, phase: number): number {
  const keepaliveMs = keepaliveS * 1000
  const roundTripMs = 2 * latencyMs
  const marginMs = Math.min(roundTripMs + 50, keepaliveMs / 10)
  return keepaliveMs + roundTripMs + marginMs + phase * (keepaliveMs - 2 * marginMs)
}
