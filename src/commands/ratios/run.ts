import { randomBytes } from 'node:crypto'
import { availableParallelism, loadavg } from 'node:os'
import type { Clock } from '../../clock/clock.ts'
import { realClock } from '../../clock/real.ts'
import { castOf } from '../../figures/cast.ts'
import type { RatioRow } from '../../figures/peer-row.ts'
import { type LeftOutPair, planOf } from '../../figures/ratio-plan.ts'
import { measureRatios } from '../../figures/ratio-schedule.ts'
import { FIGURES } from '../../figures/ratio-words.ts'
import { packageVersion } from '../../model/package.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireWritable, saveFile } from '../../terminal/files.ts'
import { labText } from '../../terminal/measuring-lab.ts'
import { theCatalog } from '../../terminal/project.ts'
import { requireDescriptors } from '../../terminal/require.ts'
import { saveReport } from '../../terminal/save-page.ts'
import { complain } from '../../terminal/say.ts'
import { unlessStopped, untilStopped } from '../../terminal/stop.ts'
import { openTerminal, type Terminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { plainly } from '../../text/message-of.ts'
import { LARGE_BYTES, readText } from '../../text/read-text.ts'
import { assemble } from './assemble.ts'
import { type Baseline, readBaseline } from './baseline.ts'
import type { RatioOptions } from './options.ts'
import { type DriftReport, driftsOf } from './ratio-drift.ts'
import { ratioPage } from './ratio-page.ts'
import type { RatioTable } from './ratio-table.ts'
import { csvText, markdownText, ratiosText } from './ratio-text.ts'
import { driftText } from './sections.ts'
import { type Understood, understood } from './understood.ts'

/** `halfopen ratios --clients --brokers`: measure the real peers that are here, show the table, hold it against a baseline. */
export async function ratio(options: RatioOptions): Promise<number> {
  const given = understood(options)
  requireDescriptors(descriptorsFor(given))
  await requireWritable([options.json, options.csv, options.markdown, options.html])
  const baseline = options.baseline === undefined ? undefined : await baselineFrom(options.baseline)
  const terminal = await openTerminal()
  return untilStopped(async ({ signal }) => {
    const table = await measured(given, options.seed ?? randomBytes(4).readUInt32BE(), terminal, signal)
    const troubles = await deliver(table, options, terminal)
    const drift = baseline && driftsOf(table, baseline, given.tolerance)
    if (drift && options.baseline !== undefined) terminal.print(`\n${driftText(drift, options.baseline)}`)
    for (const text of troubles) complain(`halfopen: ${text}\n`)
    return exitCodeOf({ table, troubles, drift, strict: options.strict === true })
  })
}

/** 2650 were open for one client and two brokers with 64 silent clients at each of five intervals. Three brokers are sampled at once. */
const descriptorsFor = ({ brokers, jobs }: Understood): number => 1250 * Math.min(3, brokers.length) + 5 * jobs

async function measured(given: Understood, seed: number, terminal: Terminal, signal: AbortSignal): Promise<RatioTable> {
  const { grid, jobs: most } = given
  const [loadBefore = 0] = loadavg()
  const clock = realClock()
  const { openLab, peersIn } = theCatalog()
  const { speed = 1 } = given
  await using lab = openLab(given.lab, speed === 1 ? {} : { speed: String(speed) })
  const casting = castOf(given, { lab, peers: peersIn(given.lab) })
  const { cast, leftOut: absent } = await unlessStopped(casting, { signal })
  const { jobs, leftOut } = planOf(cast, grid)
  if (jobs.length === 0) throw nothingToMeasure([...absent, ...leftOut])
  const progress = new Progress(terminal, clock)
  const { outcomes, done, repeated } = await measureRatios(jobs, {
    lab,
    most,
    seed,
    signal,
    speed,
    progress: progress.tell,
  }).finally(() => progress.stop())
  return assemble(outcomes, {
    clients: given.clients.map(({ label }) => label),
    brokers: given.brokers.map(({ label }) => label),
    halfopen: packageVersion(),
    node: process.version,
    lab: labText(given.lab, speed),
    started: outcomes.map(({ started }) => started).toSorted()[0] ?? '',
    tookMs: Math.round(clock.nowMs()),
    machine: { cores: availableParallelism(), loadBefore },
    settings: { ...grid, keepalivesS: [...grid.keepalivesS], traffics: [...grid.traffics], jobs: most, seed },
    planned: jobs.length,
    done,
    repeated,
    leftOut: [...absent, ...leftOut],
  })
}

const nothingToMeasure = (leftOut: readonly LeftOutPair[]): Complaint =>
  new Complaint(
    [
      'halfopen: nothing is left to measure',
      ...leftOut.map(({ what, reason, remedy }) => `  ${what}: ${reason}${remedy ? ` (${remedy})` : ''}`),
    ].join('\n'),
    EXIT.inconclusive,
  )

async function baselineFrom(file: string): Promise<Baseline> {
  const text = await readText(file, { mostBytes: LARGE_BYTES }).catch(error => {
    throw new Complaint(`error: ${file}: this can't be read: ${plainly(error)}`, EXIT.unreadable)
  })
  const baseline = readBaseline(text)
  if (typeof baseline === 'string') throw new Complaint(`error: ${file}: ${baseline}`, EXIT.unreadable)
  return baseline
}

interface Ending {
  readonly table: RatioTable
  readonly troubles: readonly string[]
  readonly drift: DriftReport | undefined
  readonly strict: boolean
}

/** A drift outweighs what can't be said. */
function exitCodeOf({ table, troubles, drift, strict }: Ending): number {
  if (drift && (drift.drifts.length > 0 || (strict && drift.missing.length > 0))) return EXIT.failed
  const isDoubtful = table.peers.some(row => isDoubted(row, drift)) || (drift?.unmeasured.length ?? 0) > 0
  const isShort = process.env.HALFOPEN_REQUIRE === 'all' && table.leftOut.some(({ remedy }) => remedy !== undefined)
  return isDoubtful || isShort || table.partial || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
}

function isDoubted({ role, name, doubts }: RatioRow, drift: DriftReport | undefined): boolean {
  const isBanded = role === 'client' && drift?.banded.includes(name) === true
  return doubts.some(doubt => !isBanded || !doubt.startsWith(FIGURES.afterAnswer))
}

/** Prints the table and writes the files. What could not be written. */
export async function deliver(
  table: RatioTable,
  options: RatioOptions,
  terminal: Terminal,
): Promise<readonly string[]> {
  const told = harmless(table)
  terminal.print(ratiosText(told, options.pairs === true))
  const writes = [
    saveFile(options.json, async () => `${harmlessJson(table, 1)}\n`),
    saveFile(options.csv, async () => csvText(told)),
    saveFile(options.markdown, async () => markdownText(told)),
    saveReport(options.html, () => ({ page: ratioPage(told) })),
  ]
  return (await Promise.all(writes)).flat()
}

const REDRAW_MS = 500
const HEARTBEAT_MS = 5000

/** Says how far the measurement is: redrawn in a terminal, a line now and then in a log. On stderr there: stdout is the answer. */
class Progress {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #startMs: number
  #done = 0
  #total = 0
  #cancel = () => {}

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#tick()
  }

  readonly tell = (done: number, total: number): void => {
    this.#done = done
    this.#total = total
  }

  stop(): void {
    this.#cancel()
    if (this.#terminal.redraws) this.#terminal.live('')
  }

  #tick(): void {
    const everyMs = this.#terminal.redraws ? REDRAW_MS : HEARTBEAT_MS
    this.#cancel = this.#clock.at(this.#clock.nowMs() + everyMs, () => {
      const line = `${this.#done} of ${this.#total} runs, ${Math.round((this.#clock.nowMs() - this.#startMs) / 1000)} s so far`
      if (this.#terminal.redraws) this.#terminal.live(`\n${line}`)
      else complain(`${line}\n`)
      this.#tick()
    })
  }
}
