import type { Clock } from '../../clock/clock.ts'
import { realClock } from '../../clock/real.ts'
import { run } from '../../engine/run.ts'
import { faults } from '../../faults/index.ts'
import type { Lab } from '../../labs/lab.ts'
import type { EdgeEvent, Event } from '../../model/event.ts'
import type { Job } from './job.ts'
import { scenarioOf, silentStartsMs } from './ratio-scenario.ts'
import { type Sample, type Spoilt, samplesOf } from './sample.ts'

/** What came of one run; of a run of several clients, of each. */
export interface Outcome {
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

export interface PlaySeat {
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
export async function playJob(job: Job, attempt: number, seat: PlaySeat): Promise<readonly Outcome[]> {
  let zeroMs: number | undefined
  const noticed = whoeverMust(job)
  const startsMs = silentStartsMs(job)
  const evidence = await run(scenarioOf(job), seat.lab, faults, {
    seed: (seat.seed + job.index) >>> 0,
    runId: `${seat.token}${job.index.toString(36)}-${attempt}`,
    stopWhen(event) {
      if (zeroMs === undefined && isConnack(event)) {
        zeroMs = event.atMs
        seat.begun?.(job, zeroMs)
      }
      return noticed(event)
    },
    lingerMs: LINGER_MS,
    ...(job.kind === 'silent' ? { startsMs: (device: number) => startsMs[device - 1] ?? 0 } : {}),
    ...(seat.signal ? { signal: seat.signal } : {}),
  })
  const { client, broker, halfopen, started } = evidence.header
  const versions = { clientVersion: client.version, brokerVersion: broker.version, halfopen }
  return samplesOf(evidence).map(sample => ({ job, sample, zeroMs, ...versions, started }))
}

const isConnack = (event: Event): boolean =>
  event.what === 'packet' && event.packet.cmd === 'connack' && event.edge === 'client'

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
