import { type Agreement, agreementOf } from '../../figures/agreement.ts'
import { TOLERANCE, type Tolerance } from '../../figures/exact.ts'
import type { RatioRow } from '../../figures/peer-row.ts'
import { at } from '../../figures/ratio-fit.ts'
import type { RatioTraffic } from '../../figures/ratio-plan.ts'
import { FIGURES, insteadOf, lineText, timeText, timeWithin } from '../../figures/ratio-words.ts'
import type { Line } from '../../model/peer-figures.ts'
import { type Baseline, type BaselineRow, isNamed, speaksOf } from './baseline.ts'
import type { RatioTable } from './ratio-table.ts'

export interface Drift {
  readonly peer: string
  readonly figure: string
  readonly expected: string
  /** `?`: it could not be measured. With margins that reach over the edge of the tolerance nothing can be said either. */
  readonly measured: string
}

export interface DriftReport {
  readonly tolerance: Tolerance
  /** Figures that were held against the baseline. */
  readonly compared: number
  readonly drifts: readonly Drift[]
  readonly unmeasured: readonly Drift[]
  /** `mqttjs: 5.16.0, the baseline has 5.15.0` */
  readonly versions: readonly string[]
  /** Clients whose detections were held against a band, one by one: that they make no line is no matter then. */
  readonly banded: readonly string[]
  /** Peers of the baseline that the table does not have, and the other way round. */
  readonly missing: readonly string[]
  readonly added: readonly string[]
}

/** The part of a table that can drift. */
interface Compared {
  readonly peers: RatioTable['peers']
  readonly settings: Pick<RatioTable['settings'], 'traffics'>
}

/** Holds a table against a baseline, row by row and figure by figure. What nobody asked to be measured is not missing. */
export function driftsOf({ peers, settings }: Compared, baseline: Baseline, tolerance = TOLERANCE): DriftReport {
  const asked = new Set<RatioTraffic>(settings.traffics)
  const matched = peers.map(row => ({ row, expected: baseline.peers.find(each => speaksOf(each, row)) }))
  const figures = matched.flatMap(({ row, expected }) => (expected ? figuresOf(row, expected, tolerance, asked) : []))
  const met = new Set(matched.map(({ expected }) => expected))
  const isMissing = (each: BaselineRow) =>
    !met.has(each) && !peers.some(row => row.role === each.role && isNamed(each, row.name))
  return {
    tolerance,
    compared: figures.length,
    drifts: figures.flatMap(({ verdict, ...drift }) => (verdict === 'drifted' ? [drift] : [])),
    unmeasured: figures.flatMap(({ verdict, ...drift }) => (verdict === 'unmeasured' ? [drift] : [])),
    versions: matched.flatMap(({ row, expected }) => versionNote(row, expected)),
    banded: matched.flatMap(({ row, expected }) => (expected?.afterAnswerGranularity ? [row.name] : [])),
    missing: [...new Set(baseline.peers.filter(isMissing).map(labelOf))],
    added: matched.filter(({ expected }) => !expected).map(({ row }) => `${labelOf(row)} ${row.version}`),
  }
}

const labelOf = ({ role, name }: { readonly role: string; readonly name: string }): string => `the ${role} ${name}`

const versionNote = ({ name, version }: RatioRow, expected: BaselineRow | undefined): readonly string[] =>
  expected?.version === undefined || expected.version === version
    ? []
    : [`${name}: ${version}, the baseline has ${expected.version}`]

interface Figure extends Drift {
  readonly verdict: Agreement
}

/** `measured`: absent where the figure is. */
type Judge = (figure: string, expected: string, measured: string | undefined, is: Agreement | boolean) => Figure

function figuresOf(
  row: RatioRow,
  expected: BaselineRow,
  tolerance: Tolerance,
  asked: ReadonlySet<RatioTraffic>,
): readonly Figure[] {
  const judge: Judge = (figure, wanted, measured, is) => ({
    peer: `${row.name} ${row.version}`,
    figure,
    expected: wanted,
    measured: measured ?? '?',
    verdict: measured === undefined ? 'unmeasured' : typeof is === 'string' ? is : is ? 'same' : 'drifted',
  })
  const line = (figure: string, wanted: Line | undefined, seen: Line | undefined) =>
    wanted
      ? [judge(figure, lineText(wanted), seen && lineText(seen), seen ? held(seen, wanted, tolerance) : false)]
      : []
  const detection =
    never(row, expected, judge) ??
    (expected.afterAnswerGranularity
      ? medians(row, expected, tolerance, judge)
      : [
          ...line(GIVES_UP, expected.afterAnswer, row.afterAnswer),
          ...line(CLOSES, expected.afterLastPacket, row.afterLastPacket),
        ])
  const idle = [...detection, ...line('pings every', expected.ping, row.ping)]
  return [
    ...(row.role === 'broker' || asked.has('idle') ? idle : []),
    ...granularity(row, expected, tolerance, judge),
    ...(asked.has('publishing') ? publishing(row, expected, tolerance, judge) : []),
    ...words(row, expected, judge),
    ...alarms(row, expected, judge),
    ...unknown(row, expected, asked, judge),
  ]
}

/** Figures that the baseline itself doubts: nothing can be compared with them, and that is no agreement. */
function unknown(
  row: RatioRow,
  { doubts = [] }: BaselineRow,
  asked: ReadonlySet<RatioTraffic>,
  judge: Judge,
): readonly Figure[] {
  return Object.values(FIGURES)
    .filter(name => name !== FIGURES.whilePublishing || asked.has('publishing'))
    .filter(name => insteadOf(name, { doubts: [...doubts], varies: [] }, '') === '?')
    .map(name => judge(name, '?', insteadOf(name, row, 'known'), 'unmeasured'))
}

const GIVES_UP = 'gives up after the last answer'
const CLOSES = 'closes after the last packet'

/** Of a peer that does not notice at all, now or in the baseline; `undefined` where both have a line, or one has nothing. */
function never(row: RatioRow, expected: BaselineRow, judge: Judge): readonly Figure[] | undefined {
  const [wanted, seen] = [expected, row].map(({ never, afterAnswer, afterLastPacket }) => {
    const line = afterAnswer ?? afterLastPacket
    return never ? 'never' : line && lineText(line)
  })
  if (wanted === undefined || (wanted !== 'never' && seen !== 'never')) return undefined
  return [judge(row.role === 'client' ? GIVES_UP : CLOSES, wanted, seen, wanted === seen)]
}

/** Either of the two may have drifted; where neither has, both must be within the tolerance. */
function held(a: Line, b: Line, { k, ms }: Tolerance): Agreement {
  const factor = agreementOf(a.k - b.k, (a.withinK ?? 0) + (b.withinK ?? 0), k)
  const offset = agreementOf(a.ms - b.ms, (a.withinMs ?? 0) + (b.withinMs ?? 0), ms)
  if (factor === 'drifted' || offset === 'drifted') return 'drifted'
  return factor === 'same' ? offset : factor
}

/** A client with a granularity of its own has no exact line: each of its medians must lie in the band above it. */
function medians(row: RatioRow, expected: BaselineRow, { k, ms }: Tolerance, judge: Judge): readonly Figure[] {
  const { afterAnswer: from, afterAnswerGranularity: later } = expected
  if (!from || !later) return []
  const points = row.points.filter(({ traffic }) => traffic === 'idle')
  const to = { k: from.k + later.k, ms: from.ms + later.ms }
  const outside = points.filter(({ keepaliveS, medianMs }) => {
    const spareMs = ms + k * keepaliveS * 1000
    return medianMs < at(from, keepaliveS * 1000) - spareMs || medianMs > at(to, keepaliveS * 1000) + spareMs
  })
  const shown = (outside.length > 0 ? outside : points).map(
    ({ keepaliveS, medianMs }) => `${timeText(medianMs)} at K = ${keepaliveS} s`,
  )
  const wanted = `${lineText(from)} to ${lineText(to)}`
  return [judge(GIVES_UP, wanted, shown.join(', ') || undefined, outside.length === 0)]
}

function granularity(row: RatioRow, expected: BaselineRow, { ms }: Tolerance, judge: Judge): readonly Figure[] {
  const { granularityMs: wanted, granularityWithinMs: around = 0 } = expected
  if (wanted === undefined) return []
  const { granularityMs: seen, granularityWithinMs: within = 0 } = row
  const text = seen === undefined ? undefined : timeWithin(seen, within)
  const is = agreementOf((seen ?? 0) - wanted, within + around, ms)
  return [judge('or up to later', timeWithin(wanted, around), text, is)]
}

function publishing(row: RatioRow, expected: BaselineRow, tolerance: Tolerance, judge: Judge): readonly Figure[] {
  const { whilePublishing: wanted } = expected
  if (wanted === undefined) return []
  const seen = row.whilePublishing
  const text = (line: Line | 'never') => (line === 'never' ? line : lineText(line))
  const is =
    wanted === 'never' || seen === 'never' || seen === undefined ? seen === wanted : held(seen, wanted, tolerance)
  return [judge('gives up while publishing after', text(wanted), seen && text(seen), is)]
}

function words(row: RatioRow, { serverKeepAlive, told }: BaselineRow, judge: Judge): readonly Figure[] {
  const imposed = row.serverKeepAlive === 'unknown' ? undefined : row.serverKeepAlive
  return [
    ...(serverKeepAlive === undefined || serverKeepAlive === 'unknown'
      ? []
      : [judge('Server Keep Alive is', serverKeepAlive, imposed, imposed === serverKeepAlive)]),
    ...(told === undefined ? [] : [judge('tells its application', told, row.told, row.told === told)]),
  ]
}

/** One in a hundred is put down to the machine. */
const ALARM_PART = 1 / 100

/** Beyond that, one is one too many where there was none; where there were some, twice as many. */
function alarms(
  { falseAlarms: seen }: RatioRow,
  { falseAlarms: wanted }: BaselineRow,
  judge: Judge,
): readonly Figure[] {
  if (!wanted || seen.runs === 0) return []
  const usual = wanted.runs === 0 ? 0 : (2 * wanted.lost * seen.runs) / wanted.runs
  const allowed = Math.max(usual, Math.floor(ALARM_PART * seen.runs))
  return [
    judge('connections lost while healthy', `${wanted.lost}`, `${seen.lost} of ${seen.runs}`, seen.lost <= allowed),
  ]
}
