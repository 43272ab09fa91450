import type { Event, PacketSummary } from '../../model/event.ts'

/** A longer one hides what matters. */
const MOST_LINES = 60
const FIRST_LINES = 20
/** So many lines of a kind in a row are shown before they are counted. */
const ALIKE = 3

/** One thing that happened, told from the device's side. */
interface Entry {
  readonly atMs: number
  readonly text: string
}

/** What happened up to `toMs`, dated from `zeroMs`, one line each; many alike are counted. */
export function timelineText(
  events: readonly Event[],
  fromMs: number,
  toMs: number,
  zeroMs: number,
): readonly string[] {
  const entries = events
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .flatMap(event => {
      const text = describe(event)
      return text === undefined ? [] : [{ atMs: event.atMs, text }]
    })
  return shortened(grouped(entries).map(({ atMs, text }) => `${dated(atMs - zeroMs)}  ${text}`))
}

const dated = (ms: number): string => `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(3)} s`.padStart(12)

/** A device that publishes all the time would fill pages. */
function grouped(entries: readonly Entry[]): readonly Entry[] {
  const out: Entry[] = []
  for (let from = 0; from < entries.length; ) {
    const first = entries[from]
    if (!first) break
    let to = from
    while (entries[to]?.text === first.text) to++
    const run = entries.slice(from, to)
    out.push(...run.slice(0, ALIKE))
    const last = run.at(-1)
    if (run.length > ALIKE && last)
      out.push({ atMs: last.atMs, text: `${first.text} (${run.length - ALIKE} more up to here)` })
    from = to
  }
  return out
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines
  const left = lines.length - MOST_LINES
  return [...lines.slice(0, FIRST_LINES), `${' '.repeat(12)}  ... ${left} more`, ...lines.slice(FIRST_LINES + left)]
}

/** `undefined` for what the device has no part in: the same packet at the broker's edge. */
function describe(event: Event): string | undefined {
  const on = event.conn === undefined ? '' : `  (connection ${event.conn})`
  switch (event.what) {
    case 'packet':
      if (event.edge !== 'client') return undefined
      return `${event.flow === 'up' ? 'device' : 'broker'}  ${packetText(event.packet)}${on}`
    case 'open':
      return event.edge === 'client' ? `device  connects${on}` : undefined
    case 'fin':
    case 'rst':
      return endText(event, on)
    case 'fault-held':
      return 'link    the fault begins'
    case 'fault-lifted':
      return 'link    the fault ends'
    case 'stalled':
      return `link    halfopen itself stood still for ${Math.round(event.forMs ?? 0)} ms`
    case 'starved':
      return `link    the machine did not let ${event.of === 'link' ? 'halfopen' : `the ${event.of}`} run for ${Math.round(event.forMs)} ms`
    default:
      return undefined
  }
}

function endText(event: Event & { readonly what: 'fin' | 'rst' | 'open' }, on: string): string | undefined {
  const how = event.what.toUpperCase()
  if (event.edge === 'client' && event.from === 'client') return `device  closes (${how})${on}`
  if (event.edge === 'client' && event.from === 'broker') return `device  is told of it (${how})${on}`
  if (event.edge === 'client') return `link    ends the connection (${how})${on}`
  return event.from === 'broker' ? `broker  closes (${how})${on}` : undefined
}

/** Without packet identifiers where they would make each line another: a PUBLISH that is a repeat says so. */
function packetText({ cmd, code, dup, qos, keepaliveS, clean, sessionPresent }: PacketSummary): string {
  const details = [
    ...(keepaliveS === undefined ? [] : [`keep-alive ${keepaliveS} s`]),
    ...(clean === undefined ? [] : [clean ? 'clean' : 'not clean']),
    ...(cmd === 'connack' ? [`code ${code ?? 0}`, `session present ${sessionPresent ? 1 : 0}`] : []),
    ...(cmd === 'disconnect' ? [`code ${code ?? 0}`] : []),
    ...(qos === undefined ? [] : [`QoS ${qos}`]),
    ...(dup ? ['DUP'] : []),
  ]
  return [cmd.toUpperCase(), ...details].join(', ').replace(', ', ' ')
}
