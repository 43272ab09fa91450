import type { Line } from '../model/peer-figures.ts'
import type { RatioRow } from './peer-row.ts'

/** Below this an offset is the machine's, and only clutters. */
const SHOWN_MS = 20
/** An offset that is not shown is less than this. */
const HIDDEN_MS = 50
/** The last digit of a factor. */
const DIGIT_K = 0.01

/** Figures with a margin where that is more than one of the last digit. `1.50K`, `1.50K ±0.02 + 0.37 s ±0.05 s`, `2.00K - 0.2 s`. */
export function lineText(line: Line): string {
  const { factor, factorMargin, offset, offsetMargin } = partsOf(line)
  return [factor, factorMargin, offset, offsetMargin].filter(text => text !== '').join(' ')
}

interface Parts {
  readonly factor: string
  readonly factorMargin: string
  readonly offset: string
  readonly offsetMargin: string
}

/** How far the truth may lie from a factor as it is shown. */
export const offAsShown = ({ k, withinK = 0 }: Pick<Line, 'k' | 'withinK'>): number =>
  withinK + Math.abs(k - shownFactor(k))

// Not -0.00.
const shownFactor = (k: number): number => Math.round(k / DIGIT_K) * DIGIT_K + 0

function partsOf({ k, ms, withinK = 0, withinMs = 0 }: Line): Parts {
  const shownK = shownFactor(k)
  const marginK = marginOf(offAsShown({ k, withinK }), DIGIT_K)
  const isShown = Math.abs(ms) >= SHOWN_MS || Math.abs(ms) + withinMs > HIDDEN_MS
  const [offset = '', offsetMargin = ''] = isShown ? timeParts(Math.abs(ms), withinMs) : []
  return {
    factor: `${shownK.toFixed(2)}K`,
    factorMargin: marginK === 0 ? '' : `±${marginK.toFixed(2)}`,
    offset: isShown ? `${ms < 0 && !/^0 /.test(offset) ? '-' : '+'} ${offset}` : '',
    offsetMargin,
  }
}

/** In whole digits, rounded up; 0 where that is one at most. */
const marginOf = (within: number, digit: number): number => {
  const digits = Math.ceil(within / digit - ROUNDING)
  return digits > 1 ? digits * digit : 0
}
/** 0.3 / 0.1 is a little more than 3. */
const ROUNDING = 1e-6

/** A time, and its margin where that is more than one of the last digit; both to the digit of the greater of the two. */
function timeParts(ms: number, withinMs: number): readonly [time: string, margin: string] {
  const digitMs = digitOf(Math.max(ms, withinMs))
  const marginMs = marginOf(withinMs + Math.abs(ms - Math.round(ms / digitMs) * digitMs), digitMs)
  return [inDigits(ms, digitMs), marginMs === 0 ? '' : `±${inDigits(marginMs, digitMs)}`]
}

/** A time with its margin: `35 ms`, `5.98 s ±0.12 s`. */
export const timeWithin = (ms: number, withinMs = 0): string => timeParts(ms, withinMs).join(' ').trim()

/** The same where room is short: `2.00K-0.2s`, and each margin on a line of its own: `±0.02K`, `±0.05s`. */
export function brief(line: Line): string {
  const { factor, factorMargin, offset, offsetMargin } = partsOf(line)
  return [factor + offset, factorMargin && `${factorMargin}K`, offsetMargin]
    .filter(text => text !== '')
    .map(text => text.replaceAll(' ', ''))
    .join('\n')
}

/** `35 ms`, `0.2 s`, `10 s`: three digits at most. */
export const timeText = (ms: number): string => inDigits(ms, digitOf(ms))

/** The last digit that is shown: of milliseconds, hundredths or tenths of a second. */
const digitOf = (ms: number): number => (Math.abs(ms) < 95 ? 1 : Math.abs(ms) < 9950 ? 10 : 100)

const inDigits = (ms: number, digitMs: number): string =>
  digitMs === 1 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(digitMs === 10 ? 2 : 1))} s`

/** The figures of a row, as doubts name them. */
export const FIGURES = {
  afterAnswer: 'after the last answer',
  ping: 'pings every',
  whilePublishing: 'while publishing',
  afterLastPacket: 'after the last packet',
  granularity: 'granularity',
  serverKeepAlive: 'Server Keep Alive',
} as const
export type FigureName = (typeof FIGURES)[keyof typeof FIGURES]

/** What stands where a figure does not: `?` where it is doubted, `varies` where the peer keeps to none, else `otherwise`. */
export function insteadOf(figure: FigureName, row: Pick<RatioRow, 'doubts' | 'varies'>, otherwise: string): string {
  const isIn = (texts: readonly string[]) => texts.some(text => text.startsWith(`${figure}: `))
  return isIn(row.doubts) ? '?' : isIn(row.varies) ? 'varies' : otherwise
}

export function lineCell(
  line: Line | 'never' | undefined,
  figure: FigureName,
  row: Parameters<typeof insteadOf>[1],
  otherwise: string,
): string {
  if (line === 'never') return line
  return line ? brief(line) : insteadOf(figure, row, otherwise)
}

/** `0.50K to 1.50K`: a cut just before a ping was due, and one just after its answer. */
export function noticedText(row: RatioRow): string {
  const { afterAnswer, ping } = row
  if (!afterAnswer || !ping) return insteadOf(FIGURES.afterAnswer, row, insteadOf(FIGURES.ping, row, '-'))
  const soonest = {
    k: afterAnswer.k - ping.k,
    ms: afterAnswer.ms - ping.ms,
    withinK: afterAnswer.withinK + ping.withinK,
    withinMs: afterAnswer.withinMs + ping.withinMs,
  }
  const [best, worst] = [soonest, afterAnswer].map(line => brief(line).replaceAll('\n', '\n '))
  return `${best} to${`${best}${worst}`.length > SHORT ? '\n' : ' '}${worst}`
}

/** Both ends of a range on one line, where neither has an offset. */
const SHORT = 10

export const SERVER_KEEP_ALIVE = { honoured: 'yes', ignored: 'no', unknown: 'not told' } as const

export const alarmsText = ({ runs, lost }: RatioRow['falseAlarms']): string => `${lost}/${runs}`

/** How far apart a peer's partners see it; of one partner there is nothing to say. */
export const partnersText = ({ partners, partnersSpreadMs }: RatioRow): string =>
  partners.length > 1 ? timeText(partnersSpreadMs) : '-'

export const keepalivesText = (keepalivesS: readonly number[]): string => `${keepalivesS.join(', ')} s`
