import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { realClock } from '../../clock/real.ts'
import type { Admission } from '../../labs/lab.ts'
import { formatMs } from '../../model/duration.ts'
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
import { type Cell, cellsOf, combinations, inShard, type NumberedCell } from './cell.ts'
import { CompareProgress } from './compare-progress.ts'
import {
  type CellResult,
  COMPARISON_FORMAT,
  type Comparison,
  type ComparisonSettings,
  type LeftOutCell,
  type PeerTable,
  type PlayedCell,
  SIMULATED,
} from './comparison.ts'
import { deliver, outputProblems } from './deliver.ts'
import type { CompareOptions } from './options.ts'
import { lengthMs, playCell, scenarioOf } from './play-cell.ts'

/** What came in so far, in whatever order. */
class Collection {
  readonly #results: CellResult[] = []
  readonly #clients: Record<string, PeerTable[string]> = {}
  readonly #brokers: Record<string, PeerTable[string]> = {}

  add(played: readonly PlayedCell[]): void {
    for (const { result, client, broker } of played) {
      this.#results.push(result)
      if (client) this.#clients[result.cell.client] ??= entry(client)
      if (broker) this.#brokers[result.cell.broker] ??= entry(broker)
    }
  }

  comparison(frame: Omit<Comparison, 'results' | 'clients' | 'brokers' | 'partial'>): Comparison {
    const results = this.#results.toSorted((a, b) => a.index - b.index)
    const partial = results.length + frame.leftOut.length < frame.cells
    return { ...frame, partial, clients: this.#clients, brokers: this.#brokers, results }
  }
}

const entry = ({ version, model }: PeerVersion): PeerTable[string] => ({ version, ...(model ? { model } : {}) })

interface Live {
  readonly cells: readonly NumberedCell[]
  readonly settings: ComparisonSettings
  readonly signal: AbortSignal
  done(played: readonly PlayedCell[]): void
}

/** Runs at once on real sockets: they wait rather than work, but each of them must be served within a millisecond or two. */
const MOST_RUNS = 60
/** Of these runs: with 8 of them 184 were open, module files included. */
const LIVE_DESCRIPTORS = 128 + MOST_RUNS * 15

/** Plays the cells on real sockets, side by side. Cells that were stopped half-way are not told of. */
async function playLive({ cells, settings, signal, done }: Live): Promise<void> {
  const { openLab, peersIn } = theCatalog()
  await using lab = openLab(settings.lab)
  const queue = [...cells]
  const playNext = async (): Promise<void> => {
    for (let cell = queue.shift(); cell && !signal.aborted; cell = queue.shift()) {
      const played = await playCell(cell, { lab, peers: peersIn(settings.lab), settings, signal })
      if (!signal.aborted) done([played])
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
    const comparison = await compared(asked, options, terminal, signal)
    const troubles = await deliver(comparison, options, terminal)
    for (const text of troubles) complain(`halfopen: ${text}\n`)
    return exitCodeOf(comparison, troubles)
  })
}

function requireRoom({ lab }: ComparisonSettings, { jobs = availableParallelism() }: CompareOptions): void {
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
  const progress = new CompareProgress(terminal, realClock(), plays.length)
  const done = (played: readonly PlayedCell[]) => {
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
  cells: readonly NumberedCell[],
  settings: ComparisonSettings,
  { jobs }: CompareOptions,
  signal: AbortSignal,
  done: (played: readonly PlayedCell[]) => void,
): Promise<void> {
  if (settings.lab !== SIMULATED) return playLive({ cells, settings, signal, done })
  // Its pool of threads is a package that need not be installed.
  const { sweep } = await import('./sweep.ts')
  return sweep({ cells, settings, threads: jobs ?? availableParallelism(), signal, done })
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

/** A figure that can't be relied on, and a cell that could not be played at all, are the harness's own failure. */
function exitCodeOf({ results, cells, leftOut }: Comparison, troubles: readonly string[]): number {
  const doubtful = results.some(({ trouble }) => trouble !== null)
  const complete = results.length + leftOut.length === cells && results.length > 0
  return doubtful || !complete || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
}

interface Playable {
  readonly plays: readonly NumberedCell[]
  readonly leftOut: readonly LeftOutCell[]
}

/** Which cells the lab can play, and within `longestMs` where it plays in real time; the others with the reason. */
async function playable(
  cells: readonly NumberedCell[],
  settings: ComparisonSettings,
  longestMs: number,
): Promise<Playable> {
  await using lab = theCatalog().openLab(settings.lab)
  const admissions = new Map<string, Admission>()
  const reasonFor = async (cell: Cell): Promise<string | undefined> => {
    // Intervals change nothing in what a lab can do.
    const { broker, client, fault, traffic, maxKeepaliveS } = cell
    const key = JSON.stringify([broker, client, fault, traffic, maxKeepaliveS])
    const admission = unimposable(cell) ?? admissions.get(key) ?? (await lab.admits(scenarioOf(cell, 0, settings)))
    admissions.set(key, admission)
    return admission === true ? tooLong(cell, settings, longestMs) : admission.reason
  }
  const plays: NumberedCell[] = []
  const leftOut: LeftOutCell[] = []
  for (const { index, cell } of cells) {
    const reason = await reasonFor(cell)
    if (reason === undefined) plays.push({ index, cell })
    else leftOut.push({ index, cell, reason })
  }
  return { plays, leftOut }
}

/** Only a broker of MQTT 5.0 can impose a keep-alive, and only one that has the option. */
function unimposable({ broker, maxKeepaliveS }: Cell): Admission | undefined {
  if (maxKeepaliveS === null) return undefined
  const kind = theCatalog().peers.brokers.get(broker)
  const imposes = kind?.protocols.includes(5) && kind.options.safeParse({ max_keepalive: maxKeepaliveS }).success
  return imposes ? undefined : { result: 'unsupported', reason: `the broker ${broker} can't impose a keep-alive` }
}

function tooLong(cell: Cell, settings: ComparisonSettings, longestMs: number): string | undefined {
  const ms = lengthMs(cell, 1, settings)
  if (settings.lab === SIMULATED || ms <= longestMs) return undefined
  return `takes up to ${formatMs(Math.ceil(ms))} of real time; at most ${formatMs(longestMs)} (--longest)`
}

/** In milliseconds, or what is wrong with it. */
function readDuration(option: string, text: string): number | string {
  const parsed = durationIn(1, { least: 1 })(text)
  return 'value' in parsed ? parsed.value : `${option}: ${parsed.problem}`
}
