import { type Connection, sentPackets } from '../evidence/connection.ts'
import { inK } from '../text/words.ts'
import type { Remark } from './remark.ts'
import type { Scene } from './step.ts'
import { keepaliveMs } from './terms.ts'

/** Some libraries ping every K/2 by design (esp-mqtt); what is well below that is a mistake. */
const THRIFTY_K = 0.45
const LEAST_PINGS = 4
const DAY_MS = 86_400_000

/** The interval as declared: pings much more often than K/2 cost power, and say that the device does not mean its keep-alive. */
export function thrift(scene: Scene, line: Connection): readonly Remark[] {
  const kMs = keepaliveMs(scene.terms)
  const pings = sentPackets(line, 'up', 'pingreq').filter(({ atMs }) => atMs <= scene.toMs)
  const gaps = pings.slice(1).map(({ atMs }, i) => atMs - (pings[i]?.atMs ?? atMs))
  const typicalMs = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]
  if (pings.length < LEAST_PINGS || typicalMs === undefined || typicalMs >= THRIFTY_K * kMs) return []
  const perDay = (everyMs: number) => Math.round(DAY_MS / everyMs).toLocaleString('en')
  return [
    {
      result: 'warning',
      figure: `pings every ${inK(typicalMs, kMs)}`,
      text: `it pings every ${inK(typicalMs, kMs)}: ${perDay(typicalMs)} times a day instead of ${perDay(kMs)}, and each wakes its radio`,
      advice: `ping only when nothing was sent for K${declarable(typicalMs)}`,
    },
  ]
}

/** The protocol counts whole seconds: 3.1.1 and 5.0 §3.1.2.10. */
const declarable = (typicalMs: number): string =>
  typicalMs < 1000 ? '' : `, or declare the ${Math.ceil(typicalMs / 1000)} s that is meant`
