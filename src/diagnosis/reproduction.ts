import { formatMs } from '../model/duration.ts'
import type { DiagnosedSubject, Diagnosis, Ranked } from './diagnose.ts'
import { type Facts, livesOf, numbers, sinceHeard } from './log-facts.ts'
import { spreadOf } from './tally.ts'

/** Longer than this nobody waits at a terminal. */
const SHORT_MS = 120_000

/** What a scenario file is made of: YAML values, as they are written. */
interface ScenarioParts {
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

/** In virtual time where it takes long, unless only a real process can be treated so. */
function scenarioFile({
  why,
  name,
  broker = 'aedes',
  client,
  timeline,
  expect,
  untilS,
  realTime = false,
}: ScenarioParts): string {
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

const DEFAULT_KEEPALIVE_S = 60
const LONGEST_REAL_S = 15

/** The scenario file that plays a finding. */
export interface Reproduction {
  readonly cause: string
  readonly text: string
}

/** Of the first finding that a scenario can play; `undefined` where none can. */
export function reproductionOf({ subjects, overall, observed }: Diagnosis): Reproduction | undefined {
  for (const { ranking, facts } of subjects) {
    const [first] = ranking
    const text = first && scenarioOf(first, facts)
    if (first && text !== undefined) return { cause: first.cause, text }
  }
  for (const { cause, pro } of overall) {
    const text =
      cause === 'all-at-once'
        ? inCommon(observed, subjectKeepalive(subjects))
        : cause === 'refused'
          ? letInLate(pro, 60)
          : undefined
    if (text !== undefined) return { cause, text }
  }
  return undefined
}

const subjectKeepalive = (subjects: readonly DiagnosedSubject[]): number =>
  subjects[0]?.facts.keepaliveS || DEFAULT_KEEPALIVE_S

type Play = (facts: Facts, finding: Ranked) => string | undefined

/** How each cause is played. Those of a box, a clock or a program that a lab can't have are played by what they show. */
const PLAYS: Readonly<Record<string, Play>> = {
  'idle-timeout': ({ keepaliveS }, finding) => idleCut(finding, keepaliveS),
  'downlink-dead': ({ keepaliveS }, finding) => idleCut(finding, keepaliveS),
  'client-vanished': facts => {
    // With K = 0 no broker notices.
    if (facts.keepaliveS === 0) return undefined
    const keepaliveS = keepaliveOf(facts)
    return scenarioFile({
      why: 'The client is gone without a word; the broker has to notice by 1.5K.',
      name: `a client with a keep-alive of ${keepaliveS} s that vanishes is noticed by its broker`,
      client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
      timeline: [`{ at: ${keepaliveS + 1}s, fault: { blackhole: { direction: both } } }`],
      expect: 'broker-drops-client, will-published',
      untilS: 5 * keepaliveS + 10,
    })
  },
  'client-does-not-ping': facts => {
    const keepaliveS = keepaliveOf(facts)
    return scenarioFile({
      why: 'The client says nothing after CONNECT; the broker ends it after 1.5K.',
      name: `a client that does not ping is dropped after 1.5K of ${keepaliveS} s`,
      client: `{ name: silent, keepalive: ${keepaliveS}s }`,
      timeline: [],
      expect: 'broker-drops-client',
      untilS: 4 * keepaliveS + 10,
    })
  },
  'all-at-once': facts => inCommon(facts.observed, keepaliveOf(facts)),
  'network-lost': facts => networkGone(keepaliveOf(facts)),
  'maximum-age': facts =>
    endedAtAge(
      facts,
      'Something ends each connection at that age, however busy: no keep-alive helps, the client has to come back.',
      livesOf(facts.closes),
    ),
  'same-client-id': facts =>
    endedAtAge(
      facts,
      'Two devices with one client id throw each other out. One of them is played: it sees an end by the broker at that age, each time.',
      livesOf(facts.takenOver),
    ),
  'own-schedule': goneAndBack,
  'broker-too-early': facts => {
    const sinceS = Math.max(1, Math.round((spreadOf(numbers(facts.timeouts, sinceHeard))?.medianMs ?? 1000) / 1000))
    return scenarioFile({
      why: `The broker closed ${sinceS} s after the client's last packet, before 1.5K. Its FIN is played; the client has to come back.`,
      name: `a client that its broker ends too early, after ${sinceS} s, comes back`,
      client: `{ name: mqttjs, keepalive: ${keepaliveOf(facts)}s }`,
      timeline: [`{ at: ${sinceS + keepaliveOf(facts)}s, fault: { close: { side: client } } }`],
      expect: 'reconnects',
      untilS: sinceS + 4 * keepaliveOf(facts) + 30,
    })
  },
  'broker-too-late': facts => {
    const keepaliveS = Math.min(keepaliveOf(facts), LONGEST_REAL_S)
    return scenarioFile({
      why: 'The broker stands still while its client vanishes, and so looks too late: it fails as long as that lasts.',
      name: `a broker notices a dead client with a keep-alive of ${keepaliveS} s in time`,
      broker: 'mosquitto',
      client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
      timeline: [
        `{ at: ${keepaliveS + 1}s, fault: { blackhole: { direction: both } } }`,
        `{ at: ${keepaliveS + 2}s, fault: freeze, for: ${4 * keepaliveS}s }`,
      ],
      expect: `{ broker-drops-client: { latest: ${1.5 * keepaliveS + 7}s } }`,
      untilS: 8 * keepaliveS + 20,
      realTime: true,
    })
  },
  'keepalive-too-short': facts => {
    const keepaliveS = keepaliveOf(facts)
    return scenarioFile({
      why: 'Answers that take longer than half of K: the client takes a slow path for a dead one.',
      name: `a client with a keep-alive of ${keepaliveS} s bears a slow path`,
      client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
      timeline: [`{ at: ${keepaliveS + 1}s, fault: { delay: { latency: ${300 * keepaliveS}ms } } }`],
      expect: 'stays-connected',
      untilS: 5 * keepaliveS + 10,
    })
  },
  refused: (facts, { pro }) => letInLate(pro, keepaliveOf(facts)),
  'protocol-error': (facts, { pro }) =>
    /oversize|too large/i.test(pro.join(' '))
      ? scenarioFile({
          why: 'The broker takes packets up to a size only, and ends who sends a larger one.',
          name: 'a client whose message is too large for its broker stays connected',
          broker: '{ name: mosquitto, max_packet_size: 1000 }',
          client: `{ name: mqttjs, keepalive: ${Math.min(keepaliveOf(facts), LONGEST_REAL_S)}s, traffic: { publishing: { qos: 0, every: 2s, size: 2000 } } }`,
          timeline: [],
          expect: 'stays-connected',
          untilS: 12,
          realTime: true,
        })
      : undefined,
}

const keepaliveOf = ({ keepaliveS }: Facts): number => keepaliveS || DEFAULT_KEEPALIVE_S
const scenarioOf = (finding: Ranked, facts: Facts): string | undefined => PLAYS[finding.cause]?.(facts, finding)

function endedAtAge(facts: Facts, why: string, lives: readonly number[]): string {
  const ageS = Math.max(1, Math.round((spreadOf(lives)?.medianMs ?? 60_000) / 1000))
  return scenarioFile({
    why,
    name: `a client whose connections end after ${ageS} s comes back each time`,
    client: `{ name: mqttjs, keepalive: ${keepaliveOf(facts)}s }`,
    timeline: [`{ at: 0s, fault: { max-age: { after: ${ageS}s } } }`],
    expect: '{ flaps: { min: 1 } }, reconnects',
    untilS: Math.max(3 * ageS + 20, keepaliveOf(facts) + 10),
  })
}

/** It is there for a while, and away without a DISCONNECT until the next round. */
function goneAndBack(facts: Facts): string {
  const keepaliveS = keepaliveOf(facts)
  const isTold = facts.closes.length > facts.timeouts.length
  const known = facts.troubles.filter(({ periodMs }) => periodMs !== undefined)
  const periodS = Math.round((spreadOf(numbers(known, ({ periodMs }) => periodMs))?.medianMs ?? 300_000) / 1000)
  const lifeS = Math.round((spreadOf(livesOf(known))?.medianMs ?? 30_000) / 1000)
  // Until its last packet; that far the end of a time-out lies behind it.
  const thereS = Math.max(1, isTold ? lifeS : Math.max(1, lifeS - Math.ceil(1.5 * keepaliveS)))
  return scenarioFile({
    why: `The client is there for ${thereS} s every ${periodS} s, and goes without DISCONNECT${isTold ? ': its FIN arrives, and its will is published each time' : ': its broker has to notice by 1.5K'}.`,
    name: `a client that leaves without DISCONNECT every ${periodS} s is noticed by its broker`,
    client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
    timeline: [
      isTold
        ? `{ at: ${Math.max(thereS, keepaliveS + 1)}s, fault: { close: { side: broker } } }`
        : `{ at: ${Math.max(thereS, keepaliveS + 1)}s, fault: { blackhole: { direction: both } } }`,
    ],
    expect: isTold ? 'will-published' : 'broker-drops-client, will-published',
    untilS: Math.max(thereS, keepaliveS + 1) + 4 * keepaliveS + 20,
  })
}

/** A broker that is not there refuses by TCP; one that does not let a client in is played by the answer that is missing. */
function letInLate(reasons: readonly string[], keepaliveS: number): string {
  const isDown =
    /ECONNREFUSED|Connection refused\b(?!.*(?:authori|password|identifier))|EHOSTUNREACH|unreachable/i.test(
      reasons.join(' '),
    )
  const shortS = Math.min(keepaliveS, LONGEST_REAL_S)
  return isDown
    ? scenarioFile({
        why: 'The broker is away for 10 s, and connections to it are refused.',
        name: 'a client is back soon after its broker is',
        broker: 'mosquitto',
        client: `{ name: mqttjs, keepalive: ${shortS}s }`,
        timeline: [`{ at: ${shortS + 1}s, fault: { kill: { peer: broker } }, for: 10s }`],
        expect: '{ reconnects: { latest: 15s } }',
        untilS: shortS + 40,
        realTime: true,
      })
    : scenarioFile({
        why: 'The client is not let in for 20 s: its CONNACK does not come. That it is refused by a code plays `halfopen device --only connack`.',
        name: 'a client that is not let in tries again and gets through',
        client: `{ name: mqttjs, keepalive: ${keepaliveS}s, connectTimeout: 5000 }`,
        timeline: [
          `{ at: ${keepaliveS + 1}s, fault: { swallow: { packets: [connack], direction: down } }, for: 20s }`,
          `{ at: ${keepaliveS + 2}s, fault: { reset: { side: both } } }`,
        ],
        expect: 'reconnects',
        untilS: keepaliveS + 60,
      })
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
  return scenarioFile({
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
  return scenarioFile({
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

/** Ends within one second are the broker's doing; clients that fell silent together lost their network. */
const inCommon = ({ clusters }: Facts['observed'], keepaliveS: number): string =>
  clusters.some(({ common }) => common) ? stoodStill(keepaliveS) : networkGone(keepaliveS)

const networkGone = (keepaliveS: number): string =>
  scenarioFile({
    why: 'The network is gone for 3K: nobody is told. Both ends have to notice, and the client to come back.',
    name: `a client with a keep-alive of ${keepaliveS} s is back after its network was gone`,
    client: `{ name: mqttjs, keepalive: ${keepaliveS}s }`,
    timeline: [`{ at: ${keepaliveS + 1}s, fault: { blackhole: { direction: both } }, for: ${3 * keepaliveS}s }`],
    expect: 'broker-drops-client, reconnects',
    untilS: 8 * keepaliveS + 30,
  })
