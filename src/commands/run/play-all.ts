import { dirname } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { formatMs } from '../../model/duration.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { heartbeat, liveLines, type RunProgress } from '../../reporters/progress.ts'
import { type Plan, resultOf, styleFor } from '../../reporters/reporter.ts'
import { leaveUnfinished, type StopSignal } from '../../terminal/exit.ts'
import { unwritable } from '../../terminal/files.ts'
import { theCatalog } from '../../terminal/project.ts'
import { complain } from '../../terminal/say.ts'
import type { Sinks } from '../../terminal/sinks.ts'
import { onStopSignal, sayStopping } from '../../terminal/stop.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { plainly } from '../../text/message-of.ts'
import { plural } from '../../text/words.ts'
import type { Drive } from '../../vitest/drive.ts'
import type { PlayedOrder, SuiteOrder } from '../../vitest/order.ts'
import type { ChosenReporters } from './reporters.ts'

interface Performance {
  readonly order: SuiteOrder
  readonly plan: Plan
  readonly terminal: Terminal
  readonly sinks: Sinks
  readonly clock: Clock
  readonly chosen: ChosenReporters
  readonly jobs: number
  readonly limits: RunLimits
}

/** What ends a run before its scenarios do. */
export interface RunLimits {
  /** So many failures. */
  readonly bail?: number
  /** So much real time, in milliseconds, from when the command began. */
  readonly timeoutMs?: number
}

interface Performed {
  /** In the order of the plan, whatever order they ended in. */
  readonly reports: readonly ScenarioReport[]
  /** The same by the parts of the order; a hole where one did not end. */
  readonly byPart: readonly (ScenarioReport | undefined)[]
  readonly troubles: readonly string[]
  readonly stoppedBy: StopSignal | undefined
  /** Why it was ended by a limit. */
  readonly cutShort?: string
}

/** After a stop, runs get this long to end in order. */
const PATIENCE_MS = 2000

/** In a test runner; what needs none, without one: each is loaded where it is used. */
async function driven(job: Drive): Promise<void> {
  if (job.reporters.length === 0 && job.order.parts.every(({ lab }) => job.isVirtual(lab)))
    return (await import('../../vitest/drive-virtual.ts')).driveVirtual(job, theCatalog())
  return (await import('../../vitest/drive.ts')).drive(job)
}

/** Plays every scenario of the order and tells the sinks as they end. */
export async function playAll(show: Performance): Promise<Performed> {
  const { order, plan, terminal, sinks, clock, chosen } = show
  const isVirtual = (part: number) => theCatalog().isVirtual(order.parts[part]?.lab ?? '')
  const speedOf = (part: number) => {
    const { scenario, lab = '' } = order.parts[part] ?? {}
    return (scenario && theCatalog().labs.get(lab)?.speed?.(scenario, order.labSettings)) ?? 1
  }
  const time = { isVirtual, speedOf }
  const watch = sinks.watched && !terminal.look.quiet ? new Watch(terminal, clock, plan.scenarios, time) : undefined
  const reports: ScenarioReport[] = []
  const troubles: string[] = []
  const stop = onStopSignal(sayStopping)
  const limit = new Limit(show.limits, clock)
  const signal = AbortSignal.any([stop.signal, limit.signal])
  const onEnded = (part: number, played: PlayedOrder) => {
    reports[part] = played.report
    limit.ended(played.report)
    if (played.unsaved !== undefined) troubles.push(unsaved(order, part, played.unsaved))
    watch?.ended(part, played.report)
    sinks.ended(played.report)
  }
  const job = {
    order,
    isVirtual: theCatalog().isVirtual,
    jobs: show.jobs,
    reporters: chosen.vitests,
    // With no reporter of its own there, what vitest has to say keeps out of stdout.
    stdout: chosen.vitests.length > 0 ? process.stdout : process.stderr,
    signal,
    started: (part: number) => watch?.started(part),
    ended: onEnded,
    trouble: (message: string) => void troubles.push(message),
    chatter: (text: string) => void complain(text),
  }
  try {
    const how = await Promise.race([driven(job), outOfPatience(signal, clock)])
    if (how === 'late') leaveUnfinished()
  } catch (error) {
    // Something may still be at work in a thread.
    leaveUnfinished()
    troubles.push(plainly(error))
  } finally {
    watch?.stop()
    limit.dispose()
    stop.dispose()
  }
  const { reached } = limit
  const ended = reports.filter(report => report !== undefined)
  const told = { reports: ended, byPart: reports, troubles, stoppedBy: stop.by() }
  return reached === undefined ? told : { ...told, cutShort: reached }
}

const unsaved = ({ parts }: SuiteOrder, part: number, why: string): string =>
  unwritable(dirname(parts[part]?.evidenceFile ?? ''), why)

/** Ends the run once a limit is reached; what has ended by then is kept. */
class Limit {
  readonly #controller = new AbortController()
  readonly #bail: number
  readonly #cancel: () => void
  #failures = 0
  /** In a sentence; `undefined` where none was. */
  reached: string | undefined

  constructor({ bail = Infinity, timeoutMs }: RunLimits, clock: Clock) {
    this.#bail = bail
    const text = `--timeout: the run was given up after ${formatMs(timeoutMs ?? 0)}.`
    this.#cancel = timeoutMs === undefined ? () => {} : clock.at(timeoutMs, () => this.#end(text))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  ended(report: ScenarioReport): void {
    if (resultOf(report) !== 'fail' || ++this.#failures < this.#bail) return
    this.#end(`--bail: the run was ended after ${plural(this.#failures, 'failure')}.`)
  }

  dispose(): void {
    this.#cancel()
  }

  #end(why: string): void {
    this.reached ??= why
    this.#controller.abort(new Error(why))
  }
}

const outOfPatience = (signal: AbortSignal, clock: Clock): Promise<'late'> =>
  new Promise(resolve => {
    signal.addEventListener('abort', () => clock.at(clock.nowMs() + PATIENCE_MS, () => resolve('late')))
  })

const REDRAW_MS = 200
const HEARTBEAT_MS = 10_000

/** In which time each part is played. */
interface PartTime {
  isVirtual(part: number): boolean
  /** How many times as fast. */
  speedOf(part: number): number
}

/** Shows how far the run is while it waits: redrawn in a terminal, a line now and then in a log. */
class Watch {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #scenarios: readonly Scenario[]
  readonly #running = new Map<number, number>()
  readonly #counts = { pass: 0, fail: 0, inconclusive: 0, unsupported: 0, skipped: 0 }
  readonly #startMs: number
  readonly #time: PartTime
  #cancel = () => {}

  constructor(terminal: Terminal, clock: Clock, scenarios: readonly Scenario[], time: PartTime) {
    this.#time = time
    this.#terminal = terminal
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#scenarios = scenarios
    this.#tick(terminal.redraws ? 0 : HEARTBEAT_MS)
  }

  started(part: number): void {
    this.#running.set(part, this.#clock.nowMs())
  }

  ended(part: number, report: ScenarioReport): void {
    this.#running.delete(part)
    this.#counts[resultOf(report)]++
  }

  stop(): void {
    this.#cancel()
    if (this.#terminal.redraws) this.#terminal.live('')
  }

  #tick(inMs: number): void {
    this.#cancel = this.#clock.at(this.#clock.nowMs() + inMs, () => {
      this.#show()
      this.#tick(this.#terminal.redraws ? REDRAW_MS : HEARTBEAT_MS)
    })
  }

  #show(): void {
    const { look, redraws } = this.#terminal
    const nowMs = this.#clock.nowMs()
    if (redraws) this.#terminal.live(liveLines(this.#progress(), nowMs, look.width, styleFor(look.color)))
    else complain(`${heartbeat(this.#progress(), nowMs, look.width, this.#startMs)}\n`)
  }

  #progress(): RunProgress {
    const running = [...this.#running].flatMap(([part, sinceMs]) => {
      const scenario = this.#scenarios[part]
      const { isVirtual, speedOf } = this.#time
      return scenario ? [{ scenario, sinceMs, isVirtual: isVirtual(part), speed: speedOf(part) }] : []
    })
    return { total: this.#scenarios.length, counts: this.#counts, running }
  }
}
