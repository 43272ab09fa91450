import type { Case } from './case.ts'
import type { Story } from './story.ts'

/** Whether the case that was changed shows nothing any more that an application could notice. */
export const isFixed = (after: Story): boolean => !after.reproduced && after.cuts === 0

/** What a changed keep-alive changes: before and after, in one table, and what follows. */
export function fixText(before: Story, after: Story): string {
  const rows = [
    ['', ...[before, after].map(({ given }) => `K = ${given.keepaliveS} s`)],
    row('middlebox forgot the flow', before, after, ({ cuts }) => times(cuts)),
    row('client lost its connection', before, after, ({ losses }) => times(losses)),
    row('will published', before, after, ({ wills }) => times(wills)),
    row('messages lost', before, after, ({ messages }) => ofSent(messages.lost, messages.sent)),
    row('messages late', before, after, ({ messages }) => ofSent(messages.late, messages.sent)),
    row('watched for', before, after, ({ runMs }) => `${(runMs / 1000).toFixed(0)} s`),
  ]
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(cells => cells[column]?.length ?? 0)))
  const table = rows.map(cells => `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
  return `Before and after:\n${table.join('\n')}\n${verdict(before, after)}\n`
}

function row(name: string, before: Story, after: Story, cell: (story: Story) => string): string[] {
  return [name, cell(before), cell(after)]
}

const times = (count: number): string => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`)
const ofSent = (count: number, sent: number): string => (sent === 0 ? '-' : `${count} of ${sent}`)

function verdict(before: Story, after: Story): string {
  const k = (given: Case) => `a keep-alive of ${given.keepaliveS} s`
  if (!isFixed(after)) return `Not fixed: with ${k(after.given)} it still happens.`
  return isFixed(before)
    ? `Nothing to fix: with ${k(before.given)} nothing happened either.`
    : `Fixed: with ${k(after.given)} nothing of it happens any more.`
}
