import { formatDuration, formatMs } from '../../../model/duration.ts'
import type { EdgeEvent, Event, PacketSummary } from '../../../model/event.ts'
import { seconds } from '../../../text/words.ts'
import type { Limits } from '../device-limits.ts'
import { keepaliveMs, versionName } from '../device-line.ts'
import type { Setting, StepOutcome } from '../programme.ts'
import type { DeviceSubject } from '../roster.ts'
import type { DeviceRun } from '../run-device.ts'
import type { Remark } from '../step.ts'
import { headline, verdictText, WORDS } from './results.ts'

/** The report that can be handed to the firmware's authors. */
export function documentOf(reported: Reported): readonly Block[] {
  const { run, setting, upstream, listen } = reported
  const { outcomes, subject } = run
  return [
    heading(1, titleOf(reported)),
    paragraph(`${verdictText(run)}.`),
    paragraph(
      `Tested with halfopen ${setting.halfopen} on ${setting.started}; link at ${listen}, broker ${upstream} (${setting.broker.name} ${setting.broker.version}). K is the keep-alive in force.`,
    ),
    heading(2, 'The device'),
    ...(subject ? [table(['', ''], deviceRows(subject))] : [paragraph(absent(run))]),
    heading(2, 'The steps'),
    table(['step', 'result', 'figure'], outcomes.map(stepRow)),
    ...outcomes.flatMap(outcome => stepBlocks(outcome, reported)),
    heading(2, 'How it was tested'),
    list(howItWasTested(reported)),
  ]
}

export const titleOf = ({ run: { subject } }: Pick<Reported, 'run'>): string =>
  `Device report: ${subject?.clientId || 'no client id'}`

export function deviceRows(subject: DeviceSubject): readonly (readonly string[])[] {
  const { clientId, address, protocol, declaredS, imposedS, clean, subscribes, connections, published, tls } = subject
  const where = ['address', address]
  const did = ['connections', String(connections)]
  if (tls) return [where, ['protocol', 'TLS: its packets could not be read'], did]
  return [
    ['client id', clientId],
    where,
    ['protocol', versionName(protocol)],
    ['keep-alive', `${declaredS} s declared${imposedS === undefined ? '' : `, ${imposedS} s imposed by the broker`}`],
    ['session', clean ? 'clean' : 'kept'],
    ['subscribes', subscribes ? 'yes' : 'no'],
    ['published', `${published} messages`],
    did,
  ]
}

function stepRow(outcome: StepOutcome): readonly string[] {
  const told = headline(outcome)
  return [outcome.step.title, WORDS[outcome.result], told?.figure ?? told?.text ?? '']
}

function stepBlocks(outcome: StepOutcome, { run, command }: Reported): readonly Block[] {
  const { step, result, remarks, scene } = outcome
  const timeline = result === 'fail' && scene ? timelineOf(outcome, run) : []
  const shown = timeline.length === 0 ? [] : [paragraph('What happened, in seconds from the fault:'), lines(timeline)]
  const repeat = result === 'fail' ? [paragraph('To repeat it:'), lines([`${command} --only ${step.name}`])] : []
  const took = scene && result !== 'not tested' ? ` It took ${seconds(scene.toMs - scene.fromMs)}.` : ''
  return [
    heading(3, `${step.title}: ${WORDS[result]}`),
    paragraph(`What was done: ${step.summary}.${took}`),
    list(remarks.map(remarkText)),
    ...shown,
    ...repeat,
  ]
}

/** `FAIL: ... (clause). To do: ...` */
function remarkText({ result, text, clause, advice }: Remark): string {
  const rule = clause === undefined || text.includes(clause) ? '' : ` (${clause})`
  return `${WORDS[result]}: ${text}${rule}.${advice === undefined ? '' : ` To do: ${advice}.`}`
}

export function timelineOf(
  { scene }: StepOutcome,
  { evidence: { events }, zeroMs }: Reported['run'],
): readonly string[] {
  if (!scene) return []
  const [fromMs, toMs] = [scene.fromMs - zeroMs, scene.toMs - zeroMs]
  const held = events.find(event => event.what === 'fault-held' && event.fault === scene.fault)
  const own = events.filter(event => event.who === 'harness' || event.device === 1)
  return timelineText(own, fromMs, toMs, held?.atMs ?? fromMs)
}

export function howItWasTested({ limits, run, evidence }: Reported): readonly string[] {
  const { subject, strangers } = run
  const kMs = subject ? keepaliveMs(subject) : 0
  const giveUp = `${formatDuration(limits.giveUp)}${kMs > 0 ? ` at K = ${formatMs(kMs)}` : ''}`
  return [
    `Bounds: to give up ${giveUp}; to wait for a CONNACK ${formatMs(limits.connackMs)}; to be back ${formatMs(limits.backMs)}.`,
    'The link ends TCP: the device never sees a retransmission or a connect time-out, so what it notices it notices by MQTT.',
    ...(strangers.length === 0
      ? []
      : [`Others came through the link too: ${strangers.map(id => `'${id}'`).join(', ')}.`]),
    ...(evidence === undefined ? [] : [`Every packet and close with its date: ${evidence}`]),
  ]
}

/** What a report tells of. */
export interface Reported {
  readonly run: DeviceRun
  readonly setting: Setting
  readonly limits: Limits
  /** Where the link listened. */
  readonly listen: string
  /** The broker, in words: a URL, or what was started. */
  readonly upstream: string
  /** The command line that plays it again, without its choice of steps. */
  readonly command: string
  /** Where the evidence was saved. */
  readonly evidence?: string
}

/** What to say where there was no device. */
export const absent = ({ outcomes, stopped }: Pick<DeviceRun, 'outcomes' | 'stopped'>): string =>
  stopped
    ? 'None had connected by the time that it was stopped.'
    : `${capital(outcomes[0]?.remarks[0]?.text ?? 'None connected')}.`

const capital = (text: string): string => text.replace(/^./, first => first.toUpperCase())

/** What a report is made of, whatever it is written as. Texts are plain. */
export type Block =
  | { readonly is: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly is: 'paragraph'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly string[] }
  | { readonly is: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly is: 'lines'; readonly lines: readonly string[] }

const heading = (level: 1 | 2 | 3, text: string): Block => ({ is: 'heading', level, text })
const paragraph = (text: string): Block => ({ is: 'paragraph', text })
const list = (items: readonly string[]): Block => ({ is: 'list', items })
const table = (head: readonly string[], rows: readonly (readonly string[])[]): Block => ({
  is: 'table',
  head,
  rows,
})
const lines = (text: readonly string[]): Block => ({ is: 'lines', lines: text })

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
function timelineText(events: readonly Event[], fromMs: number, toMs: number, zeroMs: number): readonly string[] {
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
    case 'close-notify':
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

function endText(event: Event & EdgeEvent, on: string): string | undefined {
  const how = event.what === 'close-notify' ? 'close_notify' : event.what.toUpperCase()
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
