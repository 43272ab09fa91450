import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { realClock } from '../../clock/real.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import { packageVersion } from '../../model/package.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireWritable } from '../../terminal/files.ts'
import { durationIn } from '../../terminal/lists.ts'
import { theCatalog, usableNames } from '../../terminal/project.ts'
import {
  requireAddresses,
  requireDescriptors,
  requireDrawing,
  requirePackages,
  threadAddresses,
} from '../../terminal/require.ts'
import { complain } from '../../terminal/say.ts'
import { unlessStopped, untilStopped } from '../../terminal/stop.ts'
import { openTerminal, type Terminal } from '../../terminal/terminal.ts'
import { type Axes, readAxes } from './axes.ts'
import { combinations, eachCell, inShard } from './cell.ts'
import { CompareProgress } from './compare-progress.ts'
import {
  type CellResult,
  COMPARISON_FORMAT,
  type ComparisonSettings,
  type PeerTable,
  type PlayedCell,
  SIMULATED,
} from './comparison.ts'
import type { ComparisonHead } from './comparison-file.ts'
import { deliver, outputProblems } from './deliver.ts'
import { isLong, LongSweep, type SweepOutcome } from './long-sweep.ts'
import type { CompareOptions } from './options.ts'
import { playCell } from './play-cell.ts'
import type { Sweep } from './sweep.ts'
import { planned, type SweepPlan } from './sweep-plan.ts'

/** Who took part, so far. */
class PeerTables {
  readonly told: { clients: Record<string, PeerTable[string]>; brokers: Record<string, PeerTable[string]> } = {
    clients: {},
    brokers: {},
  }

  add(played: readonly PlayedCell[]): void {
    const { clients, brokers } = this.told
    for (const { result, client, broker } of played) {
      if (client) clients[result.cell.client] ??= entry(client)
      if (broker) brokers[result.cell.broker] ??= entry(broker)
    }
  }
}

const entry = ({ version, model }: PeerVersion): PeerTable[string] => ({ version, ...(model ? { model } : {}) })

type Live = Pick<Sweep, 'cells' | 'settings' | 'signal' | 'done'>

/** Runs at once on real sockets: they wait rather than work, but each of them must be served within a millisecond or two. */
const MOST_RUNS = 60
/** Of these runs: with 8 of them 184 were open, module files included. */
const LIVE_DESCRIPTORS = 128 + MOST_RUNS * 15

/** Plays the cells on real sockets, side by side. Cells that were stopped half-way are not told of. */
async function playLive({ cells, settings, signal, done }: Live): Promise<void> {
  const { openLab, peersIn } = theCatalog()
  await using lab = openLab(settings.lab)
  const queue = cells[Symbol.iterator]()
  const playNext = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && !signal.aborted; next = queue.next()) {
      const played = await playCell(next.value, { lab, peers: peersIn(settings.lab), settings, signal })
      if (!signal.aborted) await done([played])
    }
  }
  const atOnce = Math.max(1, Math.floor(MOST_RUNS / settings.phases))
  await Promise.all(Array.from({ length: atOnce }, playNext))
}

/** More than anybody can wait for or read; a slip in a range. */
const MOST_CELLS = 1_000_000

/** `halfopen compare`: read the axes, play every cell, show what came out. Its exit code. */
export async function compare(options: CompareOptions): Promise<number> {
  const asked = await understood(options)
  if (asked.settings.lab === SIMULATED) requirePackages(`compare in the lab ${SIMULATED}`, ['piscina'])
  requireDrawing(options)
  requireRoom(asked.settings, options)
  await requireWritable([options.json, options.csv, options.svg, options.html])
  const terminal = await openTerminal()
  return untilStopped(async ({ signal }) => {
    const { troubles, isDoubtful, isWhole } = await compared(asked, options, terminal, signal)
    for (const text of troubles) complain(`halfopen: ${text}\n`)
    // A figure that can't be relied on, and a cell that could not be played at all, are the harness's own failure.
    return isDoubtful || !isWhole || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
  })
}

function requireRoom({ lab }: ComparisonSettings, { jobs = availableParallelism() }: CompareOptions): void {
  if (lab === SIMULATED) requireAddresses(threadAddresses(jobs))
  else requireDescriptors(LIVE_DESCRIPTORS)
}

/** All cells, or those that were done when the signal came: played, and told. */
async function compared(
  { axes, settings, longestMs }: Asked,
  options: CompareOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Omit<SweepOutcome, 'text'>> {
  const started = new Date().toISOString()
  const cells = () => inShard(eachCell(axes), options.shard)
  const plan = await unlessStopped(planned(cells, settings, longestMs), { signal })
  const head: ComparisonHead = {
    comparison: COMPARISON_FORMAT,
    halfopen: packageVersion(),
    node: process.version,
    started,
    settings,
    axes,
    shard: options.shard ?? null,
    cells: plan.plays + plan.leftOut,
  }
  const progress = new CompareProgress(terminal, realClock(), plan.plays)
  const playAll = (done: Sweep['done']) => {
    const job = { cells: plan.cellsToPlay(), count: plan.plays, settings, signal, done }
    const counted = async (played: readonly PlayedCell[]) => {
      await done(played)
      progress.done(played.length)
    }
    return play({ ...job, done: counted }, options).finally(() => progress.stop())
  }
  const isLongSweep = settings.lab === SIMULATED && isLong(plan.plays, options)
  return isLongSweep ? long(head, plan, options, terminal, playAll) : kept(head, plan, options, terminal, playAll)
}

type PlayAll = (done: Sweep['done']) => Promise<void>

/** All results are kept until they are told. */
async function kept(
  head: ComparisonHead,
  plan: SweepPlan,
  options: CompareOptions,
  terminal: Terminal,
  playAll: PlayAll,
): Promise<Omit<SweepOutcome, 'text'>> {
  const results: CellResult[] = []
  const peers = new PeerTables()
  await playAll(async played => {
    peers.add(played)
    results.push(...played.map(({ result }) => result))
  })
  const leftOut = [...plan.cellsLeftOut()]
  const isWhole = results.length + leftOut.length === head.cells
  const comparison = {
    ...head,
    ...peers.told,
    partial: !isWhole,
    results: results.toSorted((a, b) => a.index - b.index),
    leftOut,
  }
  const troubles = await deliver(comparison, options, terminal)
  const isDoubtful = results.some(({ trouble }) => trouble !== null)
  return { troubles, isDoubtful, isWhole: isWhole && results.length > 0 }
}

/** Results are written as they come. */
async function long(
  head: ComparisonHead,
  plan: SweepPlan,
  options: CompareOptions,
  terminal: Terminal,
  playAll: PlayAll,
): Promise<Omit<SweepOutcome, 'text'>> {
  const sweep = new LongSweep(head, options)
  const peers = new PeerTables()
  let results = 0
  try {
    await sweep.begin()
    await playAll(async played => {
      peers.add(played)
      for (const { result } of played) await sweep.result(result, peers.told)
      results += played.length
    })
    for (const cell of plan.cellsLeftOut()) await sweep.leftOut(cell)
    const outcome = await sweep.end({ partial: results < plan.plays, ...peers.told })
    terminal.print(outcome.text)
    return outcome
  } catch (error) {
    await sweep.abandon()
    throw error
  }
}

async function play(job: Omit<Sweep, 'threads'>, { jobs }: CompareOptions): Promise<void> {
  if (job.settings.lab !== SIMULATED) return playLive(job)
  // Its pool of threads is a package that need not be installed.
  const { sweep } = await import('./sweep.ts')
  return sweep({ ...job, threads: jobs ?? availableParallelism() })
}

interface Asked {
  readonly axes: Axes
  readonly settings: ComparisonSettings
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

/** In milliseconds, or what is wrong with it. */
function readDuration(option: string, text: string): number | string {
  const parsed = durationIn(1, { least: 1 })(text)
  return 'value' in parsed ? parsed.value : `${option}: ${parsed.problem}`
}
