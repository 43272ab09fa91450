import { formatMs } from '../model/duration.ts'
import type { Diagnosis, Ranked, Subject } from './diagnose.ts'

/** Longer than this nobody waits at a terminal. */
const SHORT_MS = 120_000
const DEFAULT_KEEPALIVE_S = 60
const LONGEST_REAL_S = 15

/** The scenario file that plays a finding. */
export interface Reproduction {
  readonly cause: string
  readonly text: string
}

/** Of the first finding that a scenario can play; `undefined` where none can. */
export function reproductionOf({ subjects, overall }: Diagnosis): Reproduction | undefined {
  for (const subject of subjects) {
    const [first] = subject.ranking
    const text = first && scenarioOf(first, subject.facts.keepaliveS)
    if (first && text !== undefined) return { cause: first.cause, text }
  }
  const common = overall.find(({ cause }) => cause === 'all-at-once')
  const text = common && stoodStill(subjectKeepalive(subjects))
  return common && text !== undefined ? { cause: common.cause, text } : undefined
}

const subjectKeepalive = (subjects: readonly Subject[]): number => subjects[0]?.facts.keepaliveS || DEFAULT_KEEPALIVE_S

function scenarioOf(finding: Ranked, given: number | undefined): string | undefined {
  const keepaliveS = given || DEFAULT_KEEPALIVE_S
  switch (finding.cause) {
    case 'idle-timeout':
    case 'downlink-dead':
      return idleCut(finding, given)
    case 'client-vanished':
      return file({
        why: 'The client is gone without a word; the broker has to notice by 1.5K.',
        name: `a client with a keep-alive of ${keepaliveS} s that vanishes is noticed by its broker`,
        client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
        timeline: [`{ at: ${keepaliveS + 1}s, fault: { blackhole: { direction: both } } }`],
        expect: 'broker-drops-client, will-published',
        untilS: 5 * keepaliveS + 10,
      })
    case 'client-does-not-ping':
      return file({
        why: 'The client says nothing after CONNECT; the broker ends it after 1.5K.',
        name: `a client that does not ping is dropped after 1.5K of ${keepaliveS} s`,
        client: `{ name: silent, keepalive: ${keepaliveS}s }`,
        timeline: [],
        expect: 'broker-drops-client',
        untilS: 4 * keepaliveS + 10,
      })
    case 'all-at-once':
      return stoodStill(keepaliveS)
    default:
      return undefined
  }
}

function idleCut({ bounds = [] }: Ranked, given: number | undefined): string | undefined {
  const [best] = bounds
  if (!best) return undefined
  const { aboveMs, atMostMs, behaviour } = best
  const middleMs = behaviour === 'closes' ? atMostMs : (Math.max(aboveMs, atMostMs / 2) + atMostMs) / 2
  // A keep-alive that is not told is taken longer than T; one that equals T would be a toss.
  const afterS = Math.max(1, Math.min(Math.round(middleMs / 1000), given ? given - 1 : Infinity))
  const keepaliveS = given || Math.ceil(1.3 * afterS)
  const options = {
    silent: '',
    'answers-rst': ', on_next: rst-sender',
    closes: ', on_expiry: fin-both',
    'inbound-only': ', scope: inbound-only, recreate: outbound',
  }[behaviour]
  const receives = behaviour === 'inbound-only'
  return file({
    why: `T lies above ${formatMs(aboveMs)} and is at most ${formatMs(atMostMs)}; ${formatMs(afterS * 1000)} stands for it. It fails while the keep-alive is that long.`,
    name: `a client with a keep-alive of ${keepaliveS} s stays connected where silence of ${afterS} s is forgotten`,
    client: `{ name: mqttjs, keepalive: ${keepaliveS}s${receives ? `, traffic: { receiving: { qos: 1, every: ${afterS + Math.max(1, Math.round((keepaliveS - afterS) / 3))}s } }` : ''} }`,
    timeline: [`{ at: 0s, fault: { idle-cut: { after: ${afterS}s${options} } } }`],
    expect: receives ? '{ messages-kept: { latest: 5s } }' : 'stays-connected',
    untilS: Math.max(4 * keepaliveS, 3 * afterS) + 10,
  })
}

/** In real time, so with a keep-alive that can be waited for. */
function stoodStill(given: number): string {
  const keepaliveS = Math.min(given, LONGEST_REAL_S)
  return file({
    why: "The broker's process stands still for 2K and goes on; its clients should be back soon.",
    name: `clients with a keep-alive of ${keepaliveS} s are back after the broker stood still`,
    broker: 'mosquitto',
    client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
    timeline: [`{ at: ${keepaliveS + 1}s, fault: freeze, for: ${2 * keepaliveS}s }`],
    expect: 'reconnects',
    untilS: 5 * keepaliveS + 30,
    realTime: true,
  })
}

interface File {
  readonly why: string
  readonly name: string
  readonly broker?: string
  readonly client: string
  readonly timeline: readonly string[]
  readonly expect: string
  readonly untilS: number
  /** Where only a real process can be treated so. */
  readonly realTime?: boolean
}

function file({ why, name, broker = 'aedes', client, timeline, expect, untilS, realTime = false }: File): string {
  const isLong = untilS * 1000 > SHORT_MS && !realTime
  return `${[
    `# ${why}`,
    `name: ${name}`,
    `broker: ${broker}`,
    `client: ${client}`,
    ...(timeline.length > 0 ? ['timeline:', ...timeline.map(line => `  - ${line}`)] : []),
    `expect: [${expect}]`,
    ...(isLong ? ['lab: simulated'] : realTime ? ['lab: local'] : []),
    `until: ${untilS}s`,
  ].join('\n')}\n`
}
