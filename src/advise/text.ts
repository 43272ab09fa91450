import { formatMs } from '../model/duration.ts'
import type { Advice, Detection, Finding } from './advise.ts'

const WORDS = { fail: 'FAIL', warn: 'warn', ok: 'ok  ' } as const

export const findingLines = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ level, text }) => `${WORDS[level]}  ${text}`)

/** What follows from an advice, in lines. */
export function adviceText(advice: Advice): string {
  const { question, findings, safeS, level } = advice
  const lines = [
    ...findingLines(findings),
    ...(safeS === undefined
      ? []
      : [level === 'ok' ? `      up to ${safeS} s would do` : `      use at most ${safeS} s`]),
    '',
    cost(advice),
    ...(question.keepaliveS === 0
      ? ['With the keep-alive off, neither client nor broker ever finds out by itself that the path is dead.']
      : ['', 'How long a dead path goes unnoticed, best and worst case:', ...table(advice.detections)]),
  ]
  return `${lines.join('\n')}\n`
}

/** PINGREQ and PINGRESP have two bytes each; with TCP/IPv4 headers and one ACK they come to about 130. */
function cost({ pingsAnHour, question }: Advice): string {
  if (question.keepaliveS === 0) return 'Cost: none.'
  const bytes = Math.round(pingsAnHour * 136)
  return `Cost while idle: ${Number(pingsAnHour.toFixed(1))} pings an hour, about ${bytes} bytes with their TCP/IP headers and ACK.`
}

function table(detections: readonly Detection[]): readonly string[] {
  const rows = detections.map(({ who, name, versions, bestMs, worstMs }) => [
    `  ${who}`,
    versions === '*' ? name : `${name} ${versions}`,
    `${formatMs(bestMs)} to ${formatMs(worstMs)}`,
  ])
  const wide = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(
    ([who = '', name = '', time = '']) => `${who.padEnd(wide[0] ?? 0)}  ${name.padEnd(wide[1] ?? 0)}  ${time}`,
  )
}
