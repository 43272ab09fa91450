import type { Clock } from '../clock/clock.ts'
import { realClock } from '../clock/real.ts'
import { wireOf } from '../dialects/index.ts'
import { run } from '../engine/run.ts'
import { faults } from '../faults/index.ts'
import type { Lab } from '../labs/lab.ts'
import { keepalives, milliseconds } from '../model/duration.ts'
import type { EdgeEvent, Event } from '../model/event.ts'
import type { Scenario, Step } from '../model/scenario.ts'
import { noticeMs } from '../timing/tolerance.ts'
import { ASKED_TIMES, type Job } from './ratio-plan.ts'
import { type Sample, type Spoilt, samplesOf } from './sample.ts'

/** What came of one run; of a run of several clients, of each. */
export interface PlayedPair {
  readonly job: Job
  readonly sample: Sample | Spoilt
  /** The run's time 0 on the clock that all runs share; `undefined` where it never began. */
  readonly zeroMs: number | undefined
  readonly clientVersion: string
  readonly brokerVersion: string
  /** The version that played it. */
  readonly halfopen: string
  /** ISO 8601. */
  readonly started: string
}

interface PlayParts {
  readonly lab: Lab
  readonly seed: number
  /** Tells these runs from those of other processes on the same broker; at most four letters or digits. */
  readonly token: string
  readonly signal?: AbortSignal
  /** Its CONNACK has come, at this moment of the shared clock. */
  readonly begun?: (job: Job, zeroMs: number) => void
}

/** What a program tells its application comes through a pipe, after the link has seen the close. */
const LINGER_MS = 350

/** The lab with one clock for all of its runs, so that what one broker did in several of them can be laid side by side. */
export function onOneClock(lab: Lab, clock: Clock = realClock()): Lab {
  return {
    kind: lab.kind,
    clock: () => clock,
    admits: scenario => lab.admits(scenario),
    open: (...given) => lab.open(...given),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}

/** `attempt` counts from 0: a run that is played again needs an id of its own. It never throws for a run. */
export async function playJob(job: Job, attempt: number, context: PlayParts): Promise<readonly PlayedPair[]> {
  let zeroMs: number | undefined
  const noticed = whoeverMust(job)
  const startsMs = silentStartsMs(job)
  const evidence = await run(scenarioOf(job), context.lab, faults, {
    seed: (context.seed + job.index) >>> 0,
    runId: `${context.token}${job.index.toString(36)}-${attempt}`,
    stopWhen(event) {
      if (zeroMs === undefined && isAccepted(event)) {
        zeroMs = event.atMs
        context.begun?.(job, zeroMs)
      }
      return noticed(event)
    },
    lingerMs: LINGER_MS,
    ...(job.kind === 'silent' ? { startsMs: (device: number) => startsMs[device - 1] ?? 0 } : {}),
    ...(context.signal ? { signal: context.signal } : {}),
  })
  const { client, broker, halfopen, started } = evidence.header
  const versions = { clientVersion: client.version, brokerVersion: broker.version, halfopen }
  return samplesOf(evidence).map(sample => ({ job, sample, zeroMs, ...versions, started }))
}

const isAccepted = (event: Event): boolean =>
  event.what === 'packet' && event.edge === 'client' && wireOf(event.packet).accepts(event.packet)

/** Says when everybody has noticed of whom it is asked. */
function whoeverMust(job: Job): (event: Event) => boolean {
  if (job.kind === 'cut') return bothSides()
  return job.kind === 'silent' ? allClosed(job.count) : () => false
}

/** After the cut, on the first connection: what comes later is of no interest. */
function bothSides(): (event: Event) => boolean {
  const waitedFor = new Set<string>(['client', 'broker'])
  let isCut = false
  let conn: number | undefined
  return event => {
    if (event.what === 'fault-held') isCut = true
    if (event.what === 'open') conn ??= event.conn
    if (isCut && isEnd(event) && event.conn === conn && event.from === event.edge) waitedFor.delete(event.edge)
    return waitedFor.size === 0
  }
}

function allClosed(count: number): (event: Event) => boolean {
  const closed = new Set<number | undefined>()
  return event => {
    if (isEnd(event) && event.edge === 'broker' && event.from === 'broker') closed.add(event.conn)
    return closed.size === count
  }
}

const isEnd = (event: Event): event is Event & EdgeEvent => event.what === 'fin' || event.what === 'rst'

/** No file says these scenarios. */
const HERE = { file: 'halfopen compare', line: 1, column: 1 }

/** Three whole keep-alives, and room for the last ping. */
const HEALTHY_K = 3.5
/** By then a client that keeps to the imposed interval has pinged, however coarsely it counts. */
const IMPOSED_K = 1.75
/** Four messages a keep-alive. */
const MESSAGES_A_KEEPALIVE = 4

/** How long after a cut a peer is watched before it is said never to notice. */
export const watchedMs = (keepaliveS: number): number => noticeMs(keepaliveS * 1000)

/** The run as an ordinary scenario. */
export function scenarioOf(job: Job): Scenario {
  const { kind, client, broker, keepaliveS, protocol, traffic } = job
  const imposes = kind === 'imposed'
  return {
    name: 'a run of the ratio table',
    position: HERE,
    broker: {
      name: broker.kind ?? broker.name,
      options: { ...broker.options, ...(imposes ? { max_keepalive: keepaliveS } : {}) },
    },
    client: {
      name: client.kind ?? client.name,
      options: client.options,
      keepaliveS: imposes ? ASKED_TIMES * keepaliveS : keepaliveS,
      protocol,
      traffic: traffic === 'publishing' ? { publishing: { qos: 0, every: keepalives(1 / MESSAGES_A_KEEPALIVE) } } : {},
      count: job.count,
    },
    link: { name: 'embedded', options: {}, latency: milliseconds(0), jitter: milliseconds(0) },
    timeline: kind === 'cut' ? [cut(job)] : [],
    expect: [],
    until: untilOf(job),
  }
}

const cut = (job: Job): Step => ({
  at: keepalives(cutAtK(job)),
  fault: { name: 'blackhole', options: faults.get('blackhole')?.options.parse({}) as Step['fault']['options'] },
  position: HERE,
})

/**
 * In the second keep-alive, when every client has been answered once more than by its CONNACK. Most ping at whole
 * keep-alives, and what is published goes out at every quarter: the cut keeps clear of both.
 */
export function cutAtK({ phase, traffic }: Pick<Job, 'phase' | 'traffic'>): number {
  if (traffic === 'idle') return 1 + phase
  return 1 + (Math.floor(phase * MESSAGES_A_KEEPALIVE) + 0.5) / MESSAGES_A_KEEPALIVE
}

/** Twice the scan of Mosquitto (6 s), so that clients who begin within it meet the scan at every moment of its period alike. */
const SILENT_SPAN_MS = 12_000
/** Evenly, however many: the next lies in the widest gap that is left, and on no grid that a scan could be mistaken for. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

/** When the silent clients of this run begin, in order. */
export const silentStartsMs = ({ count, phase }: Pick<Job, 'count' | 'phase'>): readonly number[] =>
  Array.from({ length: count }, (_, n) => ((n * GOLDEN + phase) % 1) * SILENT_SPAN_MS).sort((a, b) => a - b)

function untilOf({ kind, keepaliveS, ...job }: Job) {
  if (kind === 'silent') return keepalives(0, SILENT_SPAN_MS + watchedMs(keepaliveS))
  if (kind === 'healthy') return keepalives(HEALTHY_K)
  if (kind === 'imposed') return keepalives(IMPOSED_K)
  return keepalives(cutAtK(job), watchedMs(keepaliveS))
}
