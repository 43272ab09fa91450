/**
 * Measurements whose truth is known, of a machine that is in the way: it holds peers up and says so, holds them up by less than the lab
 * resolves and says nothing, and now and then holds one up for long and says nothing either.
 */
import { seededRandom } from '../../src/clock/kit.ts'
import { LIFTED_EXACT_MS } from '../../src/figures/exact.ts'
import { unreliable } from '../../src/figures/points.ts'
import { type Grid, type Job, planOf } from '../../src/figures/ratio-plan.ts'
import { cutAtK, type PlayedPair, silentStartsMs } from '../../src/figures/ratio-play.ts'
import { type Sample, type Spoilt, samplesOf } from '../../src/figures/sample.ts'
import { run } from '../evidence/builder.ts'
import { broker, client, GRID } from './world.ts'

export interface Machine {
  /** Of a time between two dates: how many standstills there are in a second of it, and how long one is on average. */
  readonly stallsPerS: number
  readonly stallMs: number
  /** How late an event is dated on average, and says so. */
  readonly lateMs: number
  /** Less than this is said by nobody. */
  readonly resolutionMs: number
  /** How long a party waits for a processor at each of its three turns, on average; said only as a part of the time. */
  readonly turnMs: number
  /** What all runs at one keep-alive share of that besides, since they are played at one time; said by nobody. */
  readonly sharedMs: number
  /** How long a stretch of the silent clients of a run may be held up so much that none of them counts. */
  readonly holeMs: number
  /** Which part of the detections is held up without a word, and by how much on average. */
  readonly outlierPart: number
  readonly outlierMs: number
}

export const CALM: Machine = {
  stallsPerS: 0,
  stallMs: 0,
  lateMs: 0,
  resolutionMs: 2,
  turnMs: 0,
  sharedMs: 0,
  holeMs: 0,
  outlierPart: 0,
  outlierMs: 0,
}
export const BUSY: Machine = {
  stallsPerS: 0.4,
  stallMs: 10,
  lateMs: 2,
  resolutionMs: 2,
  turnMs: 3,
  sharedMs: 3,
  holeMs: 1500,
  outlierPart: 0.02,
  outlierMs: 400,
}

export type Random = () => number
export const randomFrom = (seed: number): Random => seededRandom(seed)
export const between = (random: Random, from: number, to: number): number => from + random() * (to - from)
export const oneOf = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
const exponential = (random: Random, mean: number): number => (mean === 0 ? 0 : -mean * Math.log(1 - random()))

/** What befell one party between two moments: how much of it was said, and how much it was. */
function heldUp(machine: Machine, random: Random, forMs: number) {
  const count = Math.floor((machine.stallsPerS * forMs) / 1000 + random())
  const stalls = Array.from({ length: count }, () => ({ at: random(), forMs: exponential(random, machine.stallMs) }))
  const isOutlier = random() < machine.outlierPart
  // A standstill delays by anything up to its length: the party may have had nothing to do for a part of it.
  const saidMs = stalls.reduce((sum, stall) => sum + stall.forMs * random(), 0)
  const turnsMs = [1, 2, 3].reduce(sum => sum + exponential(random, machine.turnMs), 0)
  const unsaidMs = turnsMs + random() * machine.resolutionMs + (isOutlier ? exponential(random, machine.outlierMs) : 0)
  return { stalls, delayMs: saidMs + unsaidMs, isOutlier }
}

const REPLAYS = 2
const played = (job: Job, random: Random, play: () => readonly (Sample | Spoilt)[]): readonly PlayedPair[] => {
  const zeroMs = random() * 1000
  const outcomes = () =>
    play().map(
      (sample): PlayedPair => ({
        job,
        sample,
        zeroMs,
        clientVersion: '1.0.0',
        brokerVersion: '2.0.0',
        halfopen: '0.1.0',
        started: '2026-01-02T03:04:05.000Z',
      }),
    )
  let last = outcomes()
  const isBad = () => last.filter(outcome => unreliable(outcome).length > 0).length > last.length / 2
  for (let replay = 0; replay < REPLAYS && isBad(); replay++) last = outcomes()
  return last
}

/** A client that gives up `k` times K and `ms` after its last answer, and pings every K; evidence and all. */
export function clientRuns(
  rule: { readonly k: number; readonly ms: number },
  grid: Partial<Grid>,
  machine: Machine,
  random: Random,
): readonly PlayedPair[] {
  const cast = { clients: [client('one')], brokers: [broker('aedes'), broker('mosquitto')] }
  const { jobs } = planOf(cast, { ...GRID, brokerSamples: 0, traffics: ['idle'], ...grid })
  const shared = new Map(jobs.map(({ keepaliveS }) => [keepaliveS, exponential(random, machine.sharedMs)]))
  return jobs.flatMap(job =>
    played(job, random, () => {
      const delayMs = shared.get(job.keepaliveS) ?? 0
      return samplesOf(evidenceOf(job, { ...rule, delayMs }, machine, random))
    }),
  )
}

interface DelayedRule {
  readonly k: number
  readonly ms: number
  readonly delayMs: number
}

function evidenceOf(job: Job, rule: DelayedRule, machine: Machine, random: Random) {
  const keepaliveMs = job.keepaliveS * 1000
  const history = run({ keepaliveS: job.keepaliveS, resolutionMs: machine.resolutionMs }).connect(0)
  const dated = (atMs: number, add: (atMs: number) => void) => {
    const lateMs = exponential(random, machine.lateMs)
    history.late(lateMs)
    add(atMs + lateMs * random() + random() * machine.resolutionMs)
    history.late(0)
  }
  let atMs = 0
  const waits = (forMs: number) => {
    const { stalls, delayMs } = heldUp(machine, random, forMs)
    for (const stall of stalls)
      history.starved(atMs + stall.at * forMs + stall.forMs, 'client', stall.forMs, stall.forMs)
    if (machine.turnMs > 0) history.starved(atMs + forMs, 'client', forMs / 4, forMs)
    atMs += forMs + delayMs + rule.delayMs
  }
  const pings = job.kind === 'healthy' ? 3 : 1
  for (let ping = 0; ping < pings; ping++) {
    waits(keepaliveMs)
    dated(atMs, ms => history.up(ms, 'pingreq'))
    dated(atMs, ms => history.down(ms, 'pingresp'))
  }
  if (job.kind === 'healthy') return history.ended(atMs + keepaliveMs / 2)
  history.fault('blackhole', cutAtK(job) * keepaliveMs + 200)
  waits(rule.k * keepaliveMs + rule.ms)
  dated(atMs, ms => history.end(ms, 'client', 'client'))
  return history.ended(atMs + 10_000)
}

/** A broker's rule: its deadline, rounded down to whole seconds or not, and how often it looks; 0: at once. */
export interface BrokerRule {
  readonly k: number
  readonly ms: number
  readonly wholeSeconds: boolean
  readonly looksEveryMs: number
}

/** A look is late by up to so much. */
export const EPOLL_MS = 100

/** From the last packet to the close, in truth. */
function closeAfter(rule: BrokerRule, heardMs: number, keepaliveMs: number, random: Random): number {
  const dueMs = rule.k * keepaliveMs + rule.ms
  const roundedMs = rule.wholeSeconds ? Math.floor(dueMs / 1000) * 1000 : dueMs
  if (rule.looksEveryMs === 0) return roundedMs
  const look = Math.ceil((heardMs + roundedMs) / rule.looksEveryMs) * rule.looksEveryMs
  return look - heardMs + random() * EPOLL_MS
}

export function brokerRuns(
  rule: BrokerRule,
  grid: Partial<Grid>,
  machine: Machine,
  random: Random,
): readonly PlayedPair[] {
  const { jobs } = planOf({ clients: [], brokers: [broker('one')] }, { ...GRID, traffics: ['idle'], ...grid })
  return jobs.flatMap(job =>
    played(job, random, () => {
      const holeMs = random() * machine.holeMs
      const holeAtMs = random() * (12_000 - holeMs)
      return silentStartsMs(job).map(startMs => {
        const sample = silentSample(job, startMs, rule, machine, random)
        const isHeldUp = startMs >= holeAtMs && startMs < holeAtMs + holeMs
        return isHeldUp ? { ...sample, broker: { stalled: 'held up' } } : sample
      })
    }),
  )
}

function silentSample(job: Job, startMs: number, rule: BrokerRule, machine: Machine, random: Random): Sample {
  const keepaliveMs = job.keepaliveS * 1000
  const heardMs = 50_000 + startMs + random() * 20
  const truthMs = closeAfter(rule, heardMs, keepaliveMs, random)
  const { stalls, delayMs, isOutlier } = heldUp(machine, random, truthMs)
  const [fromLateMs, toLateMs] = [exponential(random, machine.lateMs), exponential(random, machine.lateMs)]
  const stoodStillMs = stalls.reduce((sum, { forMs }) => sum + forMs, 0)
  // An anchor that is dated late without a word makes a close look early.
  const sign = isOutlier && random() < 0.3 ? -1 : 1
  const span = {
    afterMs: truthMs + sign * delayMs + toLateMs * random() - fromLateMs * random(),
    minusMs: stoodStillMs + toLateMs + machine.resolutionMs,
    plusMs: fromLateMs + machine.resolutionMs,
  }
  const isExact = span.minusMs + span.plusMs <= LIFTED_EXACT_MS
  return {
    client: 'unasked',
    broker: isExact ? { ...span, afterCutMs: span.afterMs, atMs: startMs + span.afterMs } : { stalled: 'late' },
    watchedMs: 3 * keepaliveMs,
    pingsAtMs: [],
    gaps: [],
    serverKeepAliveS: undefined,
    falseAlarm: undefined,
    healthyMs: 0,
    told: undefined,
  }
}
