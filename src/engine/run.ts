import { availableParallelism } from 'node:os'
import { type Cancel, type Clock, onAbort } from '../clock/clock.ts'
import { here } from '../clock/here.ts'
import type { Kit, RawFiles } from '../clock/kit.ts'
import { isReal, ownMs, speedOf } from '../clock/real.ts'
import { cpuPressure, tellsWaits } from '../clock/scheduler.ts'
import { VIRTUAL_EPOCH_MS } from '../clock/virtual.ts'
import type { DateOfMachine } from '../clock/wall-clock.ts'
import { redactScenario } from '../evidence/redact.ts'
import type { Fault } from '../faults/fault.ts'
import type { Bench, Lab } from '../labs/lab.ts'
import type { Event } from '../model/event.ts'
import type { Evidence, EvidenceHeader, Machine, WallClock } from '../model/evidence.ts'
import { packageVersion } from '../model/package.ts'
import type { Registry } from '../model/plugin.ts'
import { recordedClients, type Scenario } from '../model/scenario.ts'
import { messageOf } from '../text/message-of.ts'
import { endOf, play, type Start } from './play.ts'
import { type Recorder, recorder } from './recorder.ts'
import { recordProcesses, recordThread } from './standing.ts'
import { seededRandom } from './timeline.ts'

interface RunOptions {
  readonly seed: number
  /** Unique among the runs of one machine, at most 12 letters, digits and dashes; see peers/clients/client-identity.ts. Not used in virtual time. */
  readonly runId: string
  /** Ends the run early, with all that it started. */
  readonly signal?: AbortSignal
  /**
   * Looked at for each event, dated on the run's clock: the run is over once it says so, and no trouble of it is made.
   * Whoever only wants to know when something happens first need not wait for `until`.
   */
  readonly stopWhen?: (event: Event) => boolean
  /** How long it goes on after `stopWhen` said so: what a program tells its application comes after what the link saw of it. */
  readonly lingerMs?: number
  /** When each client is started, in milliseconds from the first; absent: all at once. In real time only. */
  readonly startsMs?: (device: number) => number
  /** Which events the evidence keeps; absent: all. For thousands of runs of which only some events are needed. */
  readonly keep?: (event: Event) => boolean
  /**
   * A simulation then has no witness, so wills and messages are not seen. Its connection and its subscriptions are two fifths of what a
   * short run costs.
   */
  readonly unwitnessed?: boolean
  /** Where events go to that are more than memory holds: best where the evidence will be. The system's folder for such things where absent. */
  readonly folder?: string
  /** Where what is no evidence goes, for links that have it; absent: nowhere. */
  readonly raw?: RawFiles | undefined
  /** The moment that time 0 is to be: of a fleet that other machines play parts of. In real time only. */
  readonly startAt?: DateOfMachine | undefined
  /** Among others that are played at the same time; absent: it begins as soon as it can. */
  readonly turn?: Turn
}

/** When a run may begin, and its word that it has. */
export interface Turn {
  /** Resolves once its broker and its link may be started. */
  opening(): Promise<void>
  /** Its broker and its link are there; resolves once its clients may be started. */
  opened(): Promise<void>
  /** Its clients are connected, or will not be. */
  started(): void
}

/**
 * Plays a scenario in a lab and returns what was seen. It never throws: whatever goes wrong is a `trouble` event, with which
 * no verdict can be a pass. Everything that it started is gone when it returns, also after an error or an abort.
 */
export async function run(
  scenario: Scenario,
  lab: Lab,
  faults: Registry<Fault>,
  {
    seed,
    signal,
    stopWhen,
    lingerMs = 0,
    startsMs,
    keep,
    turn,
    folder,
    raw,
    startAt,
    unwitnessed = false,
    ...given
  }: RunOptions,
): Promise<Evidence> {
  const clock = lab.clock(scenario)
  // In a simulation nothing is shared, and ids that came from elsewhere would make two runs of one seed differ.
  const runId = clock.kind === 'real' ? given.runId : `s${seed.toString(36)}`
  const started = startDate(clock)
  const alone = recordedClients(scenario.client) === 1
  const events = recorder(clock, runId, {
    keep,
    alone,
    folder,
    ...(isReal(clock) && { late: () => here.lateMs() * speedOf(clock) }),
  })
  const trouble = (error: unknown) => events.record(troubleOf(error))
  const interruption = interruptionBy(signal, () => trouble('the run was interrupted'))

  const random = seededRandom(seedOfPart(seed, scenario))
  const kit = { clock, record: events.record, random, runId, ...(raw && { raw }), ...startOf(startAt, clock) }
  const interrupted = stopWhen
    ? Promise.race([interruption.promise, seen(events, stopWhen, lingerMs > 0 ? { clock, lingerMs } : undefined)])
    : interruption.promise
  const timing = startsMs ? { startsMs } : {}
  const context = { scenario, clock, recorder: events, faults, runId, ...timing, interrupted, trouble }
  let bench: Bench | undefined
  const openedMs = clock.nowMs()
  let start: Start | undefined
  const unwatch = watchStanding(clock, events, () => bench)
  try {
    await turn?.opening()
    bench = await openedBench(lab, scenario, kit, { witness: !unwitnessed })
    await turn?.opened()
    start = await play({ ...context, bench, started: () => turn?.started() })
  } catch (error) {
    trouble(error)
  }
  unwatch()
  interruption.forget()
  events.end(start && endOf(scenario, start))
  await lastNews(clock, bench)
  await finish(bench, trouble)
  const header = headerOf(scenario, lab, clock, bench?.versions, seed, started, start && dateOf(startAt, start, clock))
  return { header, ...(await events.evidence(start?.zeroMs ?? openedMs, header)) }
}

/**
 * What is wrong with a broker or with how it is configured is told sooner. As long as this it takes only until one of the harness's own
 * limits ran out (a CONNACK for the witness, a program's start), and on a busy machine that may come out otherwise when it is played again.
 */
const OPENING_LIMIT_MS = 10_000

class OpeningRanOut extends Error {}

async function openedBench(lab: Lab, scenario: Scenario, kit: Kit, needs: Parameters<Lab['open']>[2]): Promise<Bench> {
  const { clock } = kit
  const askedMs = clock.nowMs()
  try {
    return await lab.open(scenario, kit, needs)
  } catch (error) {
    throw clock.nowMs() - askedMs < ownMs(clock, OPENING_LIMIT_MS) ? error : new OpeningRanOut(messageOf(error))
  }
}

const troubleOf = (error: unknown) => ({
  who: 'harness' as const,
  what: 'trouble' as const,
  note: messageOf(error),
  ...(error instanceof OpeningRanOut && { passing: true as const }),
})

/** Nothing under test lives in the run's own thread, or not yet. */
const isAlone = (bench: Bench | undefined): boolean => bench === undefined || bench.isApart?.() === true

/** Whose thread or process stands still goes into the record. In virtual time nothing does. */
function watchStanding(clock: Clock, { record, observe }: Recorder, bench: () => Bench | undefined): Cancel {
  if (!isReal(clock)) return () => {}
  const frozen = new Set<string>()
  observe(({ who, what }) => {
    if (what === 'frozen') frozen.add(who)
    if (what === 'thawed' || what === 'killed' || what === 'restarted') frozen.delete(who)
  })
  const processes = { [Symbol.iterator]: () => (bench()?.processes ?? [])[Symbol.iterator]() }
  const cancels = [
    recordThread(clock, record, () => (isAlone(bench()) ? 'harness' : undefined)),
    recordProcesses({ processes, clock, record, isFrozen: of => frozen.has(of) }),
  ]
  return () => {
    for (const cancel of cancels) cancel()
  }
}

/** Resolves at the first event that `stopWhen` holds for, or so long after it. */
const seen = (
  events: Recorder,
  stopWhen: (event: Event) => boolean,
  wait: { readonly clock: Clock; readonly lingerMs: number } | undefined,
): Promise<void> =>
  new Promise(resolve => {
    let isOver = false
    events.observe(event => {
      if (isOver || !stopWhen(event)) return
      isOver = true
      if (wait) wait.clock.at(wait.clock.nowMs() + ownMs(wait.clock, wait.lingerMs), resolve)
      else resolve()
    })
  })

/** Turns of the event loop in which it is heard of a program that had ended: the signal, and the ends of its two outputs. */
const TURNS = 3

/** That a broker's program has ended may be heard after the end of its connections, which it explains. Troubles are kept whenever they come. */
async function lastNews(clock: Clock, bench: Bench | undefined): Promise<void> {
  if (!isReal(clock) || !bench?.processes?.some(({ of }) => of === 'broker')) return
  for (let turn = 0; turn < TURNS; turn++) await clock.advanceTo(clock.nowMs() + 1)
}

/** What the peers do while they are cleared away is no evidence; that it could not be done is. */
async function finish(bench: Bench | undefined, trouble: (error: unknown) => void): Promise<void> {
  try {
    await bench?.[Symbol.asyncDispose]()
  } catch (error) {
    trouble(error)
  }
}

interface Interruption {
  readonly promise: Promise<void>
  forget(): void
}

/** A promise, so that whoever waits can wait for it too. It never rejects. */
function interruptionBy(signal: AbortSignal | undefined, told: () => void): Interruption {
  let forget = () => {}
  const promise = new Promise<void>(resolve => {
    forget = onAbort(signal, () => {
      told()
      resolve()
    })
  })
  return { promise, forget }
}

/** Shards of a fleet have one seed, and their devices must not throw the same dice: all would come back at the same moments. */
const seedOfPart = (seed: number, { client: { share } }: Scenario): number =>
  share ? (seed + Math.imul(share.index, 0x9e3779b1)) >>> 0 : seed

const startOf = (startAt: DateOfMachine | undefined, clock: Clock): Pick<Kit, 'startAtMs'> =>
  startAt && isReal(clock) ? { startAtMs: startAt.monotonicMs - clock.originMs } : {}

/** The date of time 0. */
function dateOf(startAt: DateOfMachine | undefined, { zeroMs }: Start, clock: Clock): WallClock | undefined {
  if (!startAt || !isReal(clock)) return undefined
  const { atMs, monotonicMs, errorMs, source } = startAt
  return { atMs: Number((atMs + zeroMs + clock.originMs - monotonicMs).toFixed(3)), errorMs, source }
}

const HALFOPEN: string = packageVersion()

/** Without a bench the peers' versions can't be told. */
function headerOf(
  scenario: Scenario,
  lab: Lab,
  clock: Clock,
  versions: Bench['versions'] | undefined,
  seed: number,
  started: string,
  date: WallClock | undefined,
): EvidenceHeader {
  return {
    evidence: 1,
    halfopen: HALFOPEN,
    node: process.version,
    lab: lab.kind.name,
    labResolutionMs: ownMs(clock, lab.kind.resolutionMs),
    ...(speedOf(clock) !== 1 && { speed: speedOf(clock) }),
    link: versions?.link ?? scenario.link.name,
    broker: versions?.broker ?? { name: scenario.broker.name, version: 'unknown' },
    client: versions?.client ?? { name: scenario.client.name, version: 'unknown' },
    seed,
    started,
    ...(date && { clock: date }),
    ...(lab.kind.virtual ? {} : { machine: machineNow() }),
    scenario: redactScenario(scenario),
  }
}

/** Taken when the run has ended: the last 10 s are the run's own then. */
function machineNow(): Machine {
  const pressure = cpuPressure()
  return {
    cores: availableParallelism(),
    ...(pressure !== undefined && { cpuPressure: pressure }),
    schedstat: tellsWaits(),
  }
}

/** In virtual time every run begins at the same date, so that the same seed gives the same evidence to the last byte. */
export const startDate = (clock: Clock): string =>
  (clock.kind === 'real' ? new Date() : new Date(VIRTUAL_EPOCH_MS + clock.nowMs())).toISOString()
