import { formatMs } from '../../model/duration.ts'
import { groupBy } from '../../text/median.ts'
import { plural } from '../../text/words.ts'
import { largestKeepaliveS, safeKeepaliveS } from '../../timing/safe-interval.ts'
import type { Cell } from './cell.ts'
import { kindOf } from './cell-fault.ts'
import { type CellResult, type Comparison, peerLabel, unnoticedMs } from './comparison.ts'
import { figure } from './numbers.ts'

/** Time-outs that are told one by one. */
const TOLD_ONE_BY_ONE = 8

/** What the comparison comes to, in sentences: one paragraph each. */
export function advice(comparison: Comparison): readonly string[] {
  const boxes = comparison.results.filter(({ cell, trouble }) => kindOf(cell.fault) === 'box' && trouble === null)
  const paths = comparison.results.filter(({ cell, trouble }) => kindOf(cell.fault) === 'path' && trouble === null)
  return [
    ...(boxes.length > 0 ? [...safeIntervals(boxes, comparison), basis(boxes)] : []),
    ...(paths.length > 0 ? [noticing(paths, comparison)] : []),
    ...(comparison.partial ? ['This is partial: not all cells were played.'] : []),
  ]
}

/** What was found at one idle time-out. */
interface Found {
  readonly idleMs: number
  /** The longest keep-alive that was never cut, nor was any shorter one. */
  readonly safeS: number | undefined
  readonly shortestCutS: number | undefined
  /** Cells that come out otherwise than K < T says. */
  readonly exceptions: readonly Cell[]
  readonly cells: number
}

function safeIntervals(results: readonly CellResult[], comparison: Comparison): readonly string[] {
  const found = groupBy(results, ({ cell }) => cell.idleMs ?? 0)
    .toSorted(([a], [b]) => a - b)
    .map(([idleMs, own]) => findAt(idleMs, own))
  const exceptions = exceptionsTo(found, comparison)
  if (found.length <= TOLD_ONE_BY_ONE) return [...found.map(sentence), ...exceptions]
  const cells = found.reduce((sum, { cells: own }) => sum + own, 0)
  const rule =
    exceptions.length > 0
      ? `At ${found.length} idle time-outs T, ${plural(cells, 'cell')}.`
      : `At each of ${found.length} idle time-outs T the flow was cut exactly where K >= T: ${plural(cells, 'cell')}, no exception.`
  const shortestMs = found[0]?.idleMs ?? 0
  return [`${rule} The shortest T, ${formatMs(shortestMs)}, decides: ${recommended(shortestMs)}.`, ...exceptions]
}

/** Where the rule and the figures part: a reader must not take one for the other. */
function exceptionsTo(found: readonly Found[], comparison: Comparison): readonly string[] {
  const all = found.flatMap(({ exceptions }) => exceptions)
  const isBelow = ({ keepaliveS, idleMs }: Cell) => keepaliveS * 1000 < Number(idleMs)
  const told = (cells: readonly Cell[], what: string): string[] => {
    const [first] = cells
    if (!first) return []
    const { keepaliveS, idleMs, client, traffic } = first
    const example = `K = ${keepaliveS} s at T = ${formatMs(Number(idleMs))} with ${peerLabel(client, comparison.clients)}, ${traffic}`
    return [`${plural(cells.length, 'cell')} with ${what}, such as ${example}.`]
  }
  return [
    ...told(all.filter(isBelow), 'K < T came out cut all the same'),
    ...told(
      all.filter(cell => !isBelow(cell)),
      'K >= T came out whole, because the client pings sooner than K or something else is said',
    ),
  ]
}

function findAt(idleMs: number, results: readonly CellResult[]): Found {
  const isCut = ({ cuts }: CellResult) => cuts > 0
  const shortestCutS = Math.min(...results.filter(isCut).map(({ cell }) => cell.keepaliveS))
  const safeS = Math.max(...results.map(({ cell }) => cell.keepaliveS).filter(keepaliveS => keepaliveS < shortestCutS))
  return {
    idleMs,
    safeS: Number.isFinite(safeS) ? safeS : undefined,
    shortestCutS: Number.isFinite(shortestCutS) ? shortestCutS : undefined,
    exceptions: results
      .filter(result => isCut(result) !== result.cell.keepaliveS * 1000 >= idleMs)
      .map(({ cell }) => cell),
    cells: results.length,
  }
}

function sentence({ idleMs, safeS, shortestCutS }: Found): string {
  const timeout = `T = ${formatMs(idleMs)}`
  const measured = safeS === undefined ? 'every keep-alive measured was cut' : `K = ${safeS} s was never cut`
  const cut = shortestCutS === undefined || safeS === undefined ? '' : `, K = ${shortestCutS} s was`
  return `${timeout}: ${measured}${cut}; ${recommended(idleMs)}.`
}

/** The largest whole number of seconds below T, and the one that is to be advised. */
function recommended(idleMs: number): string {
  const largestS = largestKeepaliveS(idleMs)
  const advisedS = safeKeepaliveS(idleMs)
  if (advisedS < 1) return 'no keep-alive in whole seconds keeps such a flow with a margin'
  return `largest safe keep-alive ${largestS} s (K < T), ${advisedS} s with a margin (K <= 2/3 T)`
}

function basis(results: readonly CellResult[]): string {
  const talking = results.some(({ cell }) => cell.traffic !== 'idle')
  return (
    'This rests on: K < T, since a client that is idle says nothing for K, and a box forgets what says nothing for T; ' +
    'and K <= 2/3 T, the same as T >= 1.5K, which leaves room for one ping that is late or lost.' +
    (talking ? ' Traffic counts as life too, but only while there is some: the advice is for silence.' : '')
  )
}

/** Where the path breaks, nothing bounds the keep-alive but how late one may know. */
function noticing(results: readonly CellResult[], { clients, brokers }: Comparison): string {
  const unnoticed = results.filter(result => unnoticedMs(result) === null || result.first.nobody > 0)
  const worst = Math.max(...results.map(result => (unnoticedMs(result) ?? 0) / (result.cell.keepaliveS * 1000)))
  const [never] = unnoticed
  const ends = never
    ? `Nobody noticed in time in ${unnoticed.length} of ${results.length} cells, such as ${peerLabel(never.cell.client, clients)} with ${peerLabel(never.cell.broker, brokers)}, ${never.cell.traffic}, ${never.cell.fault}. `
    : ''
  if (worst === 0) return `${ends}So a keep-alive alone does not find this fault.`
  return (
    `${ends}A broken path went unnoticed by both for at most ${figure(worst)}K: who has to know within D seconds needs K <= D / ${figure(worst)}, ` +
    `such as ${Math.max(1, Math.floor(60 / worst))} s for one minute. No idle time-out was given that would bound K from above (--idle).`
  )
}
