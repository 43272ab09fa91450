import { hang } from '../text/layout.ts'
import type { Limits } from './limits.ts'
import type { Step } from './step.ts'

/** What would be played with this keep-alive, and how long it takes at the longest. */
export function planText(steps: readonly Step[], limits: Limits, keepaliveS: number, width: number): string {
  const columns = Math.max(...steps.map(({ name }) => name.length))
  const times = steps.map(step => Math.ceil(step.longestMs(limits, keepaliveS * 1000) / 1000))
  const row = (name: string, s: number, text: string) =>
    hang(`  ${name.padEnd(columns)}  ${minutes(s).padStart(6)}  `, text, width)
  const total = times.reduce((sum, time) => sum + time, 0)
  const back = `and up to ${minutes(limits.backMs / 1000)} each for the device to come back`
  return [
    `The programme at K = ${keepaliveS} s, and how long it takes at the longest, in minutes:`,
    '',
    ...steps.map(({ name, summary }, i) => row(name, times[i] ?? 0, summary)),
    '',
    row('together', total, back),
    '',
  ].join('\n')
}

/** `1:05`. */
const minutes = (s: number): string => `${Math.floor(s / 60)}:${String(Math.round(s % 60)).padStart(2, '0')}`
