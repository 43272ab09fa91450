import { formatDuration, formatMs } from '../../model/duration.ts'
import { seconds } from '../../text/words.ts'
import type { StepOutcome } from '../programme.ts'
import type { Remark } from '../remark.ts'
import type { Subject } from '../subject.ts'
import { keepaliveMs, versionName } from '../terms.ts'
import { absent } from './absent.ts'
import { type Block, heading, lines, list, paragraph, table } from './block.ts'
import type { Reported } from './report.ts'
import { headline, verdictText, WORDS } from './results.ts'
import { timelineText } from './timeline.ts'

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

function deviceRows(subject: Subject): readonly (readonly string[])[] {
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

function timelineOf({ scene }: StepOutcome, { evidence: { events }, zeroMs }: Reported['run']): readonly string[] {
  if (!scene) return []
  const [fromMs, toMs] = [scene.fromMs - zeroMs, scene.toMs - zeroMs]
  const held = events.find(event => event.what === 'fault-held' && event.fault === scene.fault)
  const own = events.filter(event => event.who === 'harness' || event.device === 1)
  return timelineText(own, fromMs, toMs, held?.atMs ?? fromMs)
}

function howItWasTested({ limits, run, evidence }: Reported): readonly string[] {
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
