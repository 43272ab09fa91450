/** The same peers and faults over each transport that the link reads: the same verdicts, and figures within 20 ms of those in the clear. */
import { describe } from 'vitest'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Step } from '../../src/model/scenario.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { it } from '../doubt/test.ts'
import { doubtIn, ofDifference } from '../doubt/weigh.ts'
import { playLocally, said, scenarioOf, step } from '../engine/scenarios.ts'

interface Case {
  readonly timeline: readonly Step[]
  readonly expect: readonly string[]
  readonly until: string
}

const DETECTIONS = ['pings-on-time', 'broker-drops-client', 'client-gives-up', 'will-published']

const CASES: Readonly<Record<string, Case>> = {
  'half-open': { timeline: [step('3.3s', 'blackhole')], expect: DETECTIONS, until: '8s' },
  'idle-cut': {
    timeline: [step('0.5s', 'idle-cut', { after: '0.75K', refreshed_by: 'both' })],
    expect: ['broker-drops-client', 'will-published'],
    until: '7s',
  },
  'swallow PINGRESP': {
    timeline: [step('1s', 'swallow', { packets: ['pingresp'] })],
    expect: ['pings-on-time', 'client-gives-up'],
    until: '7s',
  },
  'a path that is well': { timeline: [], expect: ['pings-on-time', 'stays-connected'], until: '7s' },
}

/** Options of the broker; where it speaks TLS the link looks into it. */
const TRANSPORTS: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  tcp: {},
  ws: { websocket: true },
  mqtts: { tls: true },
  wss: { websocket: true, tls: true },
}

const MOST_APART_MS = 20

async function play(
  broker: Readonly<Record<string, boolean>>,
  { timeline, expect, until }: Case,
): Promise<{ evidence: Evidence; verdict: Verdict }> {
  const position = { file: 'test.yaml', line: 1, column: 1 }
  const evidence = await playLocally(
    scenarioOf({
      broker: { name: 'aedes', options: { ...broker } },
      link: { ...scenarioOf({ until }).link, options: broker.tls ? { tls: 'inspect' } : {} },
      timeline: [...timeline],
      expect: expect.map(check => ({ check, params: {}, position })),
      until,
    }),
  )
  return { evidence, verdict: judge(evidence, checks) }
}

describe('over any transport', { concurrent: true }, () => {
  for (const [name, given] of Object.entries(CASES))
    it(`${name} comes to the same verdicts and figures`, async ({ expect, time }) => {
      const [plain, ...others] = await Promise.all(
        Object.entries(TRANSPORTS).map(async ([over, broker]) => ({ over, ...(await play(broker, given)) })),
      )
      for (const { over, ...other } of others) {
        expect(other.evidence.header.broker.over).toBe(over)
        expect(said(other.evidence, 'link', 'undecoded')).toEqual([])
        const framed = said(other.evidence, 'link', 'websocket').length
        if (over === 'mqtts') expect(framed).toBe(0)
        else expect(framed).toBeGreaterThanOrEqual(4)
        const [here, there] = [time.judged(plain?.verdict as Verdict), time.judged(other.verdict)]
        expect(there.outcomes.map(({ check, result }) => [check, result])).toEqual(
          here.outcomes.map(({ check, result }) => [check, result]),
        )
        for (const [i, { check, afterMs, sinceMs, seenMs }] of here.outcomes.entries()) {
          const far = there.outcomes[i]
          if (afterMs === null || sinceMs === null || seenMs === null) continue
          if (far?.afterMs == null || far.sinceMs === null || far.seenMs === null) throw new Error(`${check}: not seen`)
          const doubt = ofDifference(
            doubtIn(other.evidence.events, far.sinceMs, far.seenMs),
            doubtIn(plain?.evidence.events ?? [], sinceMs, seenMs),
          )
          const claim = { earliestMs: -MOST_APART_MS, latestMs: MOST_APART_MS }
          time.claim(`${check} over ${over}: the difference from plain TCP`, far.afterMs - afterMs, claim, doubt)
        }
      }
    })
})
