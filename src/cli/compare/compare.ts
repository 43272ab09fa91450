import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { realClock } from '../../clock/real.ts'
import type { Axes } from '../../compare/axes.ts'
import { readAxes } from '../../compare/axes.ts'
import { COMPARISON_FORMAT, type Comparison } from '../../compare/comparison.ts'
import { cellsOf, combinations, inShard, type Numbered } from '../../compare/grid.ts'
import type { Played } from '../../compare/play.ts'
import { type Settings, SIMULATED } from '../../compare/settings.ts'
import { packageVersion } from '../../model/package.ts'
import { Complaint, EXIT } from '../exit.ts'
import { requireAddresses, requireDescriptors, requireDrawing, requirePackages, threadAddresses } from '../require.ts'
import { unlessStopped, untilStopped } from '../run/stop.ts'
import { complain } from '../say.ts'
import { openTerminal, type Terminal } from '../terminal.ts'
import { Collection } from './collection.ts'
import { deliver, outputProblems } from './deliver.ts'
import { LIVE_DESCRIPTORS, playLive } from './live.ts'
import { usableNames } from './names.ts'
import type { CompareOptions } from './options.ts'
import { playable } from './playable.ts'
import { Progress } from './progress.ts'
import { readDuration } from './read-duration.ts'

/** More than anybody can wait for or read; a slip in a range. */
const MOST_CELLS = 1_000_000

/** `halfopen compare`: read the axes, play every cell, show what came out. Its exit code. */
export async function compare(options: CompareOptions): Promise<number> {
  const asked = await understood(options)
  if (asked.settings.lab === SIMULATED) requirePackages(`compare in the lab ${SIMULATED}`, ['piscina'])
  requireDrawing(options)
  requireRoom(asked.settings, options)
  const terminal = await openTerminal()
  return untilStopped(async ({ signal }) => {
    const comparison = await compared(asked, options, terminal, signal)
    const troubles = await deliver(comparison, options, terminal)
    for (const text of troubles) complain(`halfopen: ${text}\n`)
    return exitCodeOf(comparison, troubles)
  })
}

function requireRoom({ lab }: Settings, { jobs = availableParallelism() }: CompareOptions): void {
  if (lab === SIMULATED) requireAddresses(threadAddresses(jobs))
  else requireDescriptors(LIVE_DESCRIPTORS)
}

/** Of all cells, or of those that were done when the signal came. */
async function compared(
  { axes, settings, longestMs }: Asked,
  options: CompareOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Comparison> {
  const started = new Date().toISOString()
  const whole = cellsOf(axes)
  const cells = options.shard ? inShard(whole, options.shard) : whole
  const { plays, leftOut } = await unlessStopped(playable(cells, settings, longestMs), { signal })

  const collection = new Collection()
  const progress = new Progress(terminal, realClock(), plays.length)
  const done = (played: readonly Played[]) => {
    collection.add(played)
    progress.done(played.length)
  }
  await play(plays, settings, options, signal, done).finally(() => progress.stop())
  return collection.comparison({
    comparison: COMPARISON_FORMAT,
    halfopen: packageVersion(),
    node: process.version,
    started,
    settings,
    axes,
    shard: options.shard ?? null,
    cells: cells.length,
    leftOut,
  })
}

async function play(
  cells: readonly Numbered[],
  settings: Settings,
  { jobs }: CompareOptions,
  signal: AbortSignal,
  done: (played: readonly Played[]) => void,
): Promise<void> {
  if (settings.lab !== SIMULATED) return playLive({ cells, settings, signal, done })
  // Its pool of threads is a package that need not be installed.
  const { sweep } = await import('./sweep.ts')
  return sweep({ cells, settings, threads: jobs ?? availableParallelism(), signal, done })
}

interface Asked {
  readonly axes: Axes
  readonly settings: Settings
  readonly longestMs: number
}

/** Everything that the command line says, or one complaint with all that is wrong with it. */
async function understood(options: CompareOptions): Promise<Asked> {
  const { axes, problems } = readAxes(options, usableNames())
  const forMs = readDuration('--for', options.for)
  const longestMs = readDuration('--longest', options.longest)
  const found = [
    ...problems,
    ...[forMs, longestMs].filter(each => typeof each === 'string'),
    ...labProblems(options.lab),
    ...outputProblems(options),
    ...(problems.length === 0 && combinations(axes) > MOST_CELLS
      ? [`the axes make ${combinations(axes)} cells; at most ${MOST_CELLS}`]
      : []),
  ]
  if (found.length > 0) throw new Complaint(found.map(problem => `error: ${problem}`).join('\n'), EXIT.usage)
  const settings = {
    lab: options.lab,
    seed: options.seed ?? randomBytes(4).readUInt32BE(),
    phases: options.phases,
    forMs: Number(forMs),
    quick: options.quick === true,
  }
  return { axes, settings, longestMs: Number(longestMs) }
}

const LABS = [SIMULATED, 'local']
const labProblems = (lab: string): string[] =>
  LABS.includes(lab) ? [] : [`--lab: '${lab}' can't compare; ${LABS.join(' and ')} can`]

/** A figure that can't be relied on, and a cell that could not be played at all, are the harness's own failure. */
function exitCodeOf({ results, cells, leftOut }: Comparison, troubles: readonly string[]): number {
  const doubtful = results.some(({ trouble }) => trouble !== null)
  const complete = results.length + leftOut.length === cells && results.length > 0
  return doubtful || !complete || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
}
