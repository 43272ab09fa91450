import { dirname } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { ScenarioReport } from '../../model/report.ts'
import type { Plan } from '../../reporters/reporter.ts'
import { drive } from '../../vitest/drive.ts'
import type { Played, SuiteOrder } from '../../vitest/order.ts'
import { plainly } from '../../vitest/plainly.ts'
import type { StopSignal } from '../exit.ts'
import { theCatalog } from '../project.ts'
import { leaveUnfinished } from '../quit.ts'
import { complain } from '../say.ts'
import type { Terminal } from '../terminal.ts'
import { unwritable } from './folder.ts'
import { unwrittenReport } from './report-file.ts'
import { type ChosenReporters, junitFile } from './reporters.ts'
import type { Sinks } from './sinks.ts'
import { onStopSignal, type Stop, sayStopping } from './stop.ts'
import { Watch } from './watch.ts'

export interface Performance {
  readonly order: SuiteOrder
  readonly plan: Plan
  readonly terminal: Terminal
  readonly sinks: Sinks
  readonly clock: Clock
  readonly chosen: ChosenReporters
  /** A file for a JUnit report. */
  readonly junit?: string
  readonly jobs: number
}

export interface Performed {
  /** In the order of the plan, whatever order they ended in. */
  readonly reports: readonly ScenarioReport[]
  readonly troubles: readonly string[]
  readonly stoppedBy: StopSignal | undefined
}

/** After a stop, runs get this long to end in order. */
const PATIENCE_MS = 2000

/** Plays every scenario of the order and tells the sinks as they end. */
export async function playAll(show: Performance): Promise<Performed> {
  const { order, plan, terminal, sinks, clock, chosen, junit } = show
  const isVirtual = (part: number) => theCatalog().isVirtual(order.parts[part]?.lab ?? '')
  const watch = sinks.watched ? new Watch(terminal, clock, plan.scenarios, isVirtual) : undefined
  const reports: ScenarioReport[] = []
  const troubles: string[] = []
  const stop = onStopSignal(sayStopping)
  const ended = (part: number, played: Played) => {
    reports[part] = played.report
    if (played.unsaved !== undefined) troubles.push(unsaved(order, part, played.unsaved))
    watch?.ended(part, played.report)
    sinks.ended(played.report)
  }
  const job = {
    order,
    isVirtual: theCatalog().isVirtual,
    jobs: show.jobs,
    reporters: [...chosen.vitests, ...(junit === undefined ? [] : [junitFile(junit)])],
    // With no reporter of its own there, what vitest has to say keeps out of stdout.
    stdout: chosen.vitests.length > 0 ? process.stdout : process.stderr,
    signal: stop.signal,
    started: (part: number) => watch?.started(part),
    ended,
    trouble: (message: string) => void troubles.push(message),
    chatter: (text: string) => void complain(text),
  }
  try {
    const how = await Promise.race([drive(job), outOfPatience(stop, clock)])
    if (how === 'late') leaveUnfinished()
  } catch (error) {
    // Something may still be at work in a thread.
    leaveUnfinished()
    troubles.push(isUnwritten(error) && junit !== undefined ? unwrittenReport(junit, error) : plainly(error))
  } finally {
    watch?.stop()
    stop.dispose()
  }
  return { reports: reports.filter(report => report !== undefined), troubles, stoppedBy: stop.by() }
}

/** Vitest writes one file for us, the JUnit report, and does not name it. */
const isUnwritten = (error: unknown): boolean =>
  error instanceof Error && ['write', 'open', 'close'].includes(String((error as NodeJS.ErrnoException).syscall))

const unsaved = ({ parts }: SuiteOrder, part: number, why: string): string =>
  unwritable(dirname(parts[part]?.evidenceFile ?? ''), why)

const outOfPatience = (stop: Stop, clock: Clock): Promise<'late'> =>
  new Promise(resolve => {
    stop.signal.addEventListener('abort', () => clock.at(clock.nowMs() + PATIENCE_MS, () => resolve('late')))
  })
