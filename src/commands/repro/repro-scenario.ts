import { formatMs } from '../../model/duration.ts'
import { safeKeepaliveS } from '../../timing/safe-interval.ts'
import { type Case, everyMs, everyPingMs, LONG_MS, lengthMs } from './repro-case.ts'
import type { Story } from './story.ts'

/** Later than this, a message that was not lost was stuck. */
const LATE = '5s'

/**
 * The scenario file that reproduces a case: it fails while the keep-alive is too long, and passes once it is not. In full
 * length and with its `scale`, as a user would write it.
 */
export function scenarioText(given: Case): string {
  const { box, ownAfter, keepaliveS, client, protocol, publish, scale } = given
  const fault = ownAfter ? `{ preset: ${box.name}, after: ${length(box.afterMs)} }` : box.name
  const stream = `{ qos: 1, every: ${length(everyMs(given))} }`
  const traffic = { none: 'idle', broker: `{ receiving: ${stream} }`, client: `{ publishing: ${stream} }` }[publish]
  return `${[
    `# ${box.summary}: ${formatMs(box.afterMs)}. ${remark(given)}`,
    `name: ${client} with a keep-alive of ${keepaliveS} s stays connected through ${box.name}`,
    `broker: ${brokerText(given)}`,
    `client: { name: ${client}, keepalive: ${keepaliveS}s,${protocol === 5 ? ' protocol: 5,' : ''} traffic: ${traffic} }`,
    `timeline:`,
    `  - { at: 0s, fault: { idle-cut: ${fault} } }`,
    ...(scale > 1 ? [`scale: 1/${scale}`] : []),
    // In real time this takes minutes to days.
    ...(lengthMs(given) > LONG_MS ? ['lab: simulated'] : []),
    `expect: [stays-connected${publish === 'none' ? '' : `, { messages-kept: { latest: ${LATE} } }`}]`,
    `until: ${length(Math.round(lengthMs(given) * scale))}`,
  ].join('\n')}\n`
}

const brokerText = ({ broker, brokerMaxS }: Case): string =>
  brokerMaxS === undefined ? broker : `{ name: ${broker}, max_keepalive: ${brokerMaxS} }`

function remark(given: Case): string {
  const { box, client, publish, scale } = given
  if (everyPingMs(given) < box.afterMs) return 'Passes: the ping comes before the flow is forgotten.'
  // The next ping opens the flow again, and only the broker's messages would have come late.
  if (box.recreate === 'outbound' && publish !== 'broker')
    return 'Passes at any keep-alive: without messages from the broker nobody notices.'
  const safeS = playableSafeS(box.afterMs, scale, client)
  return `Fails while the keep-alive is that long${safeS === undefined ? '' : `; passes with ${safeS}s`}.`
}

/** The safe keep-alive, in whole seconds at this scale too; `undefined` where there is none. */
export function playableSafeS(afterMs: number, scale: number, client?: string): number | undefined {
  const safeS = Math.floor(safeKeepaliveS(afterMs, client) / scale) * scale
  return safeS > 0 ? safeS : undefined
}

/** As scenario files write it: seconds, or milliseconds where they don't come out even. */
const length = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`)

/** Whether the case that was changed shows nothing any more that an application could notice. */
export const isFixed = (after: Story): boolean => !after.reproduced && after.cuts === 0

/** What a changed keep-alive changes, with a head. */
export function fixRows(before: Story, after: Story): readonly (readonly string[])[] {
  return [
    ['', ...[before, after].map(({ given }) => `K = ${given.keepaliveS} s`)],
    row('middlebox forgot the flow', before, after, ({ cuts }) => times(cuts)),
    row('client lost its connection', before, after, ({ losses }) => times(losses)),
    row('will published', before, after, ({ wills }) => times(wills)),
    row('messages lost', before, after, ({ messages }) => ofSent(messages.lost, messages.sent)),
    row('messages late', before, after, ({ messages }) => ofSent(messages.late, messages.sent)),
    row('watched for', before, after, ({ runMs }) => `${(runMs / 1000).toFixed(0)} s`),
  ]
}

/** Before and after, in one table, and what follows. */
export function fixText(before: Story, after: Story): string {
  const rows = fixRows(before, after)
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(cells => cells[column]?.length ?? 0)))
  const table = rows.map(cells => `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
  return `Before and after:\n${table.join('\n')}\n${fixVerdict(before, after)}\n`
}

function row(name: string, before: Story, after: Story, cell: (story: Story) => string): string[] {
  return [name, cell(before), cell(after)]
}

const times = (count: number): string => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`)
const ofSent = (count: number, sent: number): string => (sent === 0 ? '-' : `${count} of ${sent}`)

export function fixVerdict(before: Story, after: Story): string {
  const k = (given: Case) => `a keep-alive of ${given.keepaliveS} s`
  if (!isFixed(after)) return `Not fixed: with ${k(after.given)} it still happens.`
  return isFixed(before)
    ? `Nothing to fix: with ${k(before.given)} nothing happened either.`
    : `Fixed: with ${k(after.given)} nothing of it happens any more.`
}
