import type { Fit } from './measured.ts'
import type { PeerRow } from './table.ts'

type Line = Pick<Fit, 'k' | 'ms'>

/** Below this an offset is the machine's, and only clutters. */
const SHOWN_MS = 20

/** `1.50K`, `1.50K + 35 ms`, `2.00K - 0.2 s`. */
export function lineText({ k, ms }: Line): string {
  // Not -0.00.
  const ratio = `${(Math.round(k * 100) / 100 + 0).toFixed(2)}K`
  if (Math.abs(ms) < SHOWN_MS) return ratio
  return `${ratio} ${ms < 0 ? '-' : '+'} ${timeText(Math.abs(ms))}`
}

/** The same where room is short: `2.00K-0.2s`. */
const brief = (line: Line): string => lineText(line).replaceAll(' ', '')
export const briefOr = (line: Line | undefined, otherwise: string): string => (line ? brief(line) : otherwise)

/** `35 ms`, `0.2 s`, `10 s`: three digits at most. */
export function timeText(ms: number): string {
  if (Math.abs(ms) < 95) return `${Math.round(ms)} ms`
  return `${Number((ms / 1000).toFixed(Math.abs(ms) < 9950 ? 2 : 1))} s`
}

/** `-` where nobody was asked to publish. */
export const publishingText = ({ whilePublishing, points }: PeerRow): string => {
  if (whilePublishing === 'never') return 'never'
  if (whilePublishing) return brief(whilePublishing)
  return points.some(({ traffic }) => traffic === 'publishing') ? '?' : '-'
}

/** `0.50K to 1.50K`: a cut just before a ping was due, and one just after its answer. */
export function noticedText({ afterAnswer, ping }: PeerRow): string {
  if (!afterAnswer || !ping) return '?'
  const [best, worst] = [{ k: afterAnswer.k - ping.k, ms: afterAnswer.ms - ping.ms }, afterAnswer].map(brief)
  return `${best} to${`${best}${worst}`.length > SHORT ? '\n' : ' '}${worst}`
}

/** Both ends of a range on one line, where neither has an offset. */
const SHORT = 10

export const SERVER_KEEP_ALIVE = { honoured: 'yes', ignored: 'no', unknown: 'not told' } as const

export const alarmsText = ({ runs, lost }: PeerRow['falseAlarms']): string => `${lost}/${runs}`

/** How far apart a peer's partners see it; of one partner there is nothing to say. */
export const partnersText = ({ partners, partnersSpreadMs }: PeerRow): string =>
  partners.length > 1 ? timeText(partnersSpreadMs) : '-'

export const keepalivesText = (keepalivesS: readonly number[]): string => `${keepalivesS.join(', ')} s`
