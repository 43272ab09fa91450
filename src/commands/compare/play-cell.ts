import { run } from '../../engine/run.ts'
import { faults } from '../../faults/index.ts'
import type { Lab, Peers } from '../../labs/lab.ts'
import { milliseconds } from '../../model/duration.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Choice, Scenario } from '../../model/scenario.ts'
import { noticeMs } from '../../timing/tolerance.ts'
import { parseTraffic } from './axes.ts'
import type { Cell, NumberedCell } from './cell.ts'
import { faultChoice, kindOf } from './cell-fault.ts'
import { type CellResult, type CellSpread, type ComparisonSettings, type PlayedCell, SIMULATED } from './comparison.ts'
import { type Cut, enough, type MeasuredCell, measure, type Notice, withoutPings } from './measure-cell.ts'
import type { QuietCells } from './quiet-cells.ts'

interface PlayParts {
  readonly lab: Lab
  readonly peers: Peers
  readonly settings: ComparisonSettings
  /** What earlier cells have shown of others; absent: each is played. */
  readonly quiet?: QuietCells
  readonly signal?: AbortSignal
}

/** Runs one cell in the lab, as often as its phases ask for, and takes together what was seen. It never throws for a run. */
export async function playCell(numbered: NumberedCell, context: PlayParts): Promise<PlayedCell> {
  const { cell } = numbered
  const quiet = isPlain(cell, context) ? context.quiet : undefined
  const known = quiet?.find(numbered)
  if (known) return known
  const evidences = await playPhases(numbered, context)
  const result = summary(
    numbered,
    evidences.map(evidence => measure(evidence, watchedMs(cell))),
    {
      overTime: kindOf(cell.fault) !== 'path' && !context.settings.quick,
      hasTraffic: cell.traffic !== 'idle',
    },
  )
  const played = { result, client: evidences[0]?.header.client, broker: evidences[0]?.header.broker }
  quiet?.note(numbered, played, evidences)
  return played
}

async function playPhases(numbered: NumberedCell, context: PlayParts): Promise<readonly Evidence[]> {
  const phases = phasesOf(numbered.cell, context)
  // In real time waiting costs nothing, so all of them wait together.
  if (context.lab.kind.name !== SIMULATED)
    return Promise.all(phases.map((phase, number) => playRun(numbered, phase, number, context)))
  const evidences: Evidence[] = []
  for (const [number, phase] of phases.entries()) evidences.push(await playRun(numbered, phase, number, context))
  return evidences
}

function playRun({ cell, index }: NumberedCell, phase: number, number: number, context: PlayParts): Promise<Evidence> {
  const { lab, settings, signal } = context
  const stopWhen = stopFor(cell, settings)
  return run(scenarioOf(cell, phase, settings), lab, faults, {
    // The same chances for every cell, so that cells differ by nothing but their own values.
    seed: (settings.seed + number) >>> 0,
    runId: `c${index.toString(36)}-${number.toString(36)}`,
    ...(stopWhen ? { stopWhen } : {}),
    ...(settings.quick ? { keep: withoutPings(), unwitnessed: cell.traffic === 'idle' } : {}),
    ...(signal ? { signal } : {}),
  })
}

function stopFor(cell: Cell, { quick }: ComparisonSettings): ReturnType<typeof enough> | undefined {
  if (quick) return enough('first')
  return kindOf(cell.fault) === 'path' ? enough('both') : undefined
}

/**
 * Where in the silence the path breaks; its ends are the best and the worst case. What a middlebox does hangs on no
 * such moment; but a broker that scans at a time of its own has one, by its seed.
 */
function phasesOf(cell: Cell, parts: PlayParts): readonly number[] {
  const { phases } = parts.settings
  if (kindOf(cell.fault) !== 'path' && isExact(cell, parts)) return [0]
  return phases === 1 ? [0.5] : Array.from({ length: phases }, (_, i) => i / (phases - 1))
}

/** Its broker looks at no moments of its own. */
function isExact({ broker: name }: Cell, { peers }: PlayParts): boolean {
  const broker = peers.brokers.get(name)
  return broker?.embed !== undefined && broker.model === undefined
}

/** All that happens in it hangs on what is sent, and on nobody's chance. */
function isPlain(cell: Cell, parts: PlayParts): boolean {
  const { model, simulated } = parts.peers.clients.get(cell.client) ?? {}
  return parts.lab.kind.name === SIMULATED && isExact(cell, parts) && simulated === true && model === undefined
}

const HOUR_MS = 3_600_000

interface Counting {
  /** The runs were long enough to count what happens over time. */
  readonly overTime: boolean
  readonly hasTraffic: boolean
}

/** The runs of one cell, taken together. */
export function summary(
  { index, cell }: NumberedCell,
  runs: readonly MeasuredCell[],
  { overTime, hasTraffic }: Counting,
): CellResult {
  const cuts = runs.flatMap(run => run.cuts)
  const hours = sum(runs.map(({ runMs }) => runMs)) / HOUR_MS
  return {
    index,
    cell,
    runs: runs.length,
    cuts: cuts.length,
    client: side(cuts.map(({ client }) => client)),
    broker: side(cuts.map(({ broker }) => broker)),
    first: firsts(cuts),
    flapsPerHour: overTime && hours > 0 ? perHour(sum(runs.map(({ losses }) => losses)), hours) : null,
    pingsPerHour: overTime && hours > 0 ? perHour(sum(runs.map(({ pings }) => pings)), hours) : beforeTheCut(runs),
    messages: overTime && hasTraffic ? messages(runs) : null,
    trouble: runs.find(({ trouble }) => trouble !== null)?.trouble ?? null,
  }
}

function side(notices: readonly (Notice | null)[]): CellResult['client'] {
  const noticed = notices.filter(notice => notice !== null)
  return {
    noticed: spreadOf(noticed.map(({ afterMs }) => afterMs)),
    told: noticed.filter(({ by }) => by === 'told').length,
  }
}

export function spreadOf(values: readonly number[]): CellSpread | null {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (place: number) => rounded(sorted[place] ?? 0)
  if (sorted.length === 0) return null
  const middle = (sorted.length - 1) / 2
  const medianMs = rounded((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2)
  return { count: sorted.length, minMs: at(0), medianMs, maxMs: at(sorted.length - 1) }
}

function firsts(cuts: readonly Cut[]): CellResult['first'] {
  const count = (who: Cut['first']) => cuts.filter(({ first }) => first === who).length
  return {
    client: count('client'),
    broker: count('broker'),
    tie: count('tie'),
    nobody: count('nobody'),
    unknown: count('unknown'),
  }
}

/** A path that breaks soon is no time to count pings in; the interval between them is. */
function beforeTheCut(runs: readonly MeasuredCell[]): number | null {
  const counted = runs.filter(({ firstPings }) => firstPings.count > 0)
  if (counted.length === 0) return null
  const lastMs = sum(counted.map(({ firstPings }) => firstPings.lastMs))
  return perHour(sum(counted.map(({ firstPings }) => firstPings.count)), lastMs / HOUR_MS)
}

const messages = (runs: readonly MeasuredCell[]): CellResult['messages'] => ({
  sent: sum(runs.map(run => run.messages.sent)),
  lost: sum(runs.map(run => run.messages.lost)),
  late: sum(runs.map(run => run.messages.late)),
})

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const perHour = (count: number, hours: number): number => Number((count / hours).toFixed(2))
const rounded = (ms: number): number => Math.round(ms)

/** No file says these scenarios. */
const HERE = { file: 'halfopen compare', line: 1, column: 1 }

/** A middlebox is watched for so many keep-alives, also where that is longer than asked for: some ten losses and returns. */
const WATCH_K = 25
/** On real sockets: one loss and return, or three silences without one. */
const WATCH_SILENCES = 3

/** How long after a cut it is certain that who has not noticed will not, by the keep-alive. */
const watchedMs = ({ keepaliveS }: Cell): number => noticeMs(keepaliveS * 1000)

/**
 * The cell as an ordinary scenario. `phase`, 0 to 1, is where in the silence between a PINGRESP and the next PINGREQ the
 * path breaks: at 0 just after the first PINGRESP, at 1 just before the PINGREQ after it.
 */
export function scenarioOf(cell: Cell, phase: number, settings: ComparisonSettings): Scenario {
  const { keepaliveS, fault, latencyMs } = cell
  const choice = faultChoice(fault, cell.idleMs ?? 0)
  const atMs = kindOf(fault) === 'path' ? cutMs(cell, phase) : 0
  return {
    name: 'a cell of a comparison',
    position: HERE,
    broker: brokerOf(cell),
    client: {
      name: cell.client,
      options: {},
      keepaliveS,
      protocol: cell.maxKeepaliveS === null ? 4 : 5,
      traffic: trafficOf(cell),
      count: 1,
    },
    link: { name: 'embedded', options: {}, latency: milliseconds(latencyMs), jitter: milliseconds(0) },
    timeline: choice ? [{ at: milliseconds(atMs), fault: choice, position: HERE }] : [],
    expect: [],
    until: milliseconds(lengthMs(cell, phase, settings)),
  }
}

/** How long it runs at most, from CONNACK. */
export function lengthMs(cell: Cell, phase: number, { lab, forMs, quick }: ComparisonSettings): number {
  if (kindOf(cell.fault) === 'path') return cutMs(cell, phase) + watchedMs(cell)
  const keepaliveMs = cell.keepaliveS * 1000
  if (lab === SIMULATED) return quick ? forMs : Math.max(forMs, WATCH_K * keepaliveMs)
  const silenceMs = Math.max(keepaliveMs, cell.idleMs ?? 0)
  return WATCH_SILENCES * silenceMs + watchedMs(cell)
}

const brokerOf = ({ broker, maxKeepaliveS }: Cell): Choice => ({
  name: broker,
  options: maxKeepaliveS === null ? {} : { max_keepalive: maxKeepaliveS },
})

function trafficOf({ traffic }: Cell): Scenario['client']['traffic'] {
  const parsed = parseTraffic(traffic)
  if (typeof parsed === 'string') throw new Error(`traffic: ${parsed}`)
  return parsed
}

/** Clients that count from the answer ping every K and a round trip; the margins keep clear of both packets. */
function cutMs({ keepaliveS, latencyMs }: Cell, phase: number): number {
  const keepaliveMs = keepaliveS * 1000
  const roundTripMs = 2 * latencyMs
  const marginMs = Math.min(roundTripMs + 50, keepaliveMs / 10)
  return keepaliveMs + roundTripMs + marginMs + phase * (keepaliveMs - 2 * marginMs)
}
