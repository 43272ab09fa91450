import { type Baseline, type BaselineRow, isNamed, speaksOf } from './baseline.ts'
import { at } from './fit.ts'
import type { RatioTraffic } from './job.ts'
import type { Fit } from './measured.ts'
import type { PeerRow, RatioTable } from './table.ts'
import { lineText, timeText } from './words.ts'

type Line = Pick<Fit, 'k' | 'ms'>

/** How far a figure may lie from the baseline's. */
export interface Tolerance {
  /** Of factors. */
  readonly k: number
  /** Of offsets and granularities. */
  readonly ms: number
}

export const TOLERANCE: Tolerance = { k: 0.02, ms: 300 }

export interface Drift {
  readonly peer: string
  readonly figure: string
  readonly expected: string
  /** `?`: it could not be measured, so that nothing can be said. */
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
    missing: [...new Set(baseline.peers.filter(isMissing).map(labelOf))],
    added: matched.filter(({ expected }) => !expected).map(({ row }) => `${labelOf(row)} ${row.version}`),
  }
}

const labelOf = ({ role, name }: { readonly role: string; readonly name: string }): string => `the ${role} ${name}`

const versionNote = ({ name, version }: PeerRow, expected: BaselineRow | undefined): readonly string[] =>
  expected?.version === undefined || expected.version === version
    ? []
    : [`${name}: ${version}, the baseline has ${expected.version}`]

interface Figure extends Drift {
  readonly verdict: 'same' | 'drifted' | 'unmeasured'
}

type Judge = (figure: string, expected: string, measured: string | undefined, isSame: boolean) => Figure

function figuresOf(
  row: PeerRow,
  expected: BaselineRow,
  tolerance: Tolerance,
  asked: ReadonlySet<RatioTraffic>,
): readonly Figure[] {
  const judge: Judge = (figure, wanted, measured, isSame) => ({
    peer: `${row.name} ${row.version}`,
    figure,
    expected: wanted,
    measured: measured ?? '?',
    verdict: measured === undefined ? 'unmeasured' : isSame ? 'same' : 'drifted',
  })
  const line = (figure: string, wanted: Line | undefined, seen: Line | undefined) =>
    wanted ? [judge(figure, lineText(wanted), seen && lineText(seen), !!seen && isClose(seen, wanted, tolerance))] : []
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
  ]
}

const GIVES_UP = 'gives up after the last answer'
const CLOSES = 'closes after the last packet'

/** Of a peer that does not notice at all, now or in the baseline; `undefined` where both have a line, or one has nothing. */
function never(row: PeerRow, expected: BaselineRow, judge: Judge): readonly Figure[] | undefined {
  const [wanted, seen] = [expected, row].map(({ never, afterAnswer, afterLastPacket }) => {
    const line = afterAnswer ?? afterLastPacket
    return never ? 'never' : line && lineText(line)
  })
  if (wanted === undefined || (wanted !== 'never' && seen !== 'never')) return undefined
  return [judge(row.role === 'client' ? GIVES_UP : CLOSES, wanted, seen, wanted === seen)]
}

const isClose = (a: Line, b: Line, { k, ms }: Tolerance): boolean =>
  Math.abs(a.k - b.k) <= k + ROUNDING && Math.abs(a.ms - b.ms) <= ms + ROUNDING

/** 1.52 - 1.5 is a little more than 0.02. */
const ROUNDING = 1e-9

/** A client with a granularity of its own has no exact line: each of its medians must lie in the band above it. */
function medians(row: PeerRow, expected: BaselineRow, { k, ms }: Tolerance, judge: Judge): readonly Figure[] {
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

function granularity(row: PeerRow, expected: BaselineRow, { ms }: Tolerance, judge: Judge): readonly Figure[] {
  const { granularityMs: wanted } = expected
  if (wanted === undefined) return []
  const seen = row.granularityMs
  return [
    judge(
      'or up to later',
      timeText(wanted),
      seen === undefined ? undefined : timeText(seen),
      Math.abs((seen ?? 0) - wanted) <= ms,
    ),
  ]
}

function publishing(row: PeerRow, expected: BaselineRow, tolerance: Tolerance, judge: Judge): readonly Figure[] {
  const { whilePublishing: wanted } = expected
  if (wanted === undefined) return []
  const seen = row.whilePublishing
  const text = (line: Line | 'never') => (line === 'never' ? line : lineText(line))
  const isSame =
    wanted === 'never' || seen === 'never' || seen === undefined ? seen === wanted : isClose(seen, wanted, tolerance)
  return [judge('gives up while publishing after', text(wanted), seen && text(seen), isSame)]
}

function words(row: PeerRow, { serverKeepAlive, told }: BaselineRow, judge: Judge): readonly Figure[] {
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
function alarms({ falseAlarms: seen }: PeerRow, { falseAlarms: wanted }: BaselineRow, judge: Judge): readonly Figure[] {
  if (!wanted || seen.runs === 0) return []
  const usual = wanted.runs === 0 ? 0 : (2 * wanted.lost * seen.runs) / wanted.runs
  const allowed = Math.max(usual, Math.floor(ALARM_PART * seen.runs))
  return [
    judge('connections lost while healthy', `${wanted.lost}`, `${seen.lost} of ${seen.runs}`, seen.lost <= allowed),
  ]
}
