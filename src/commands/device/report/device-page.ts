import type { ReportParts } from '../../../pages/page-html.ts'
import type { TimelinePage } from '../../../pages/page-model.ts'
import {
  heading,
  list,
  type MarkedText,
  type Mood,
  paragraph,
  type ReportBlock,
  timelineBlock,
} from '../../../pages/report-model.ts'
import { timelinePage } from '../../../pages/timeline-page.ts'
import { plural, seconds } from '../../../text/words.ts'
import { keepaliveMs } from '../device-line.ts'
import type { StepOutcome } from '../programme.ts'
import type { AttemptSeries, Remark } from '../step.ts'
import { absent, deviceRows, howItWasTested, type Reported, timelineOf, titleOf } from './document.ts'
import { headline, resultOf, verdictText, WORDS } from './results.ts'

/** The report as a page: the verdict, what to do, and each step with its pictures. */
export function deviceReport(reported: Reported): ReportParts {
  const { run, setting, upstream, listen } = reported
  const { outcomes, subject } = run
  const timelines = new Map<string, TimelinePage>()
  const told = outcomes.flatMap(outcome => stepBlocks(outcome, reported, timelines))
  const page = {
    halfopen: setting.halfopen,
    kind: titleOf(reported),
    answer: verdictText(run),
    result: moodOf(resultOf(run)),
    lead: subject ? [] : [absent(run)],
    blocks: [
      ...toDo(outcomes),
      heading(2, 'The steps'),
      stepTable(outcomes),
      ...(subject ? [heading(2, 'The device'), { is: 'facts' as const, facts: pairs(deviceRows(subject)) }] : []),
      heading(2, 'Each step'),
      ...told,
      heading(2, 'How it was tested'),
      ...list(howItWasTested(reported)),
    ],
    environment: [
      ['halfopen', setting.halfopen],
      ['Link', listen],
      ['Broker', `${upstream} (${setting.broker.name} ${setting.broker.version})`],
      ['Tested', setting.started.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ] as const,
  }
  return { page, timelines }
}

const pairs = (rows: readonly (readonly string[])[]): readonly (readonly [string, string])[] =>
  rows.map(([name = '', value = '']) => [name, value])

const moodOf = (result: Remark['result']): Mood => (result === 'not tested' ? 'skipped' : result)

const marked = ({ result, text }: Pick<Remark, 'result' | 'text'>): MarkedText => ({
  mood: moodOf(result),
  word: WORDS[result],
  text,
})

/** Each advice once, the heaviest first. */
function toDo(outcomes: readonly StepOutcome[]): readonly ReportBlock[] {
  const having = (result: Remark['result']) =>
    outcomes.flatMap(({ step, remarks }) =>
      remarks.flatMap(remark =>
        remark.result === result && remark.advice !== undefined
          ? [marked({ result, text: `${step.title}: ${remark.advice}.` })]
          : [],
      ),
    )
  const every = [...having('fail'), ...having('inconclusive'), ...having('warning')]
  const all = every.filter(({ text }, i) => every.findIndex(other => other.text === text) === i)
  return all.length === 0 ? [] : [heading(2, 'What to do'), ...list(all)]
}

const stepTable = (outcomes: readonly StepOutcome[]): ReportBlock => ({
  is: 'table',
  table: {
    title: 'The steps and their results',
    columns: ['step', 'result', 'figure'].map(label => ({ label })),
    rows: outcomes.map(outcome => {
      const told = headline(outcome)
      return [
        { text: outcome.step.title },
        { text: WORDS[outcome.result], mood: moodOf(outcome.result) },
        { text: told?.figure ?? told?.text ?? '' },
      ]
    }),
  },
})

function stepBlocks(
  outcome: StepOutcome,
  reported: Reported,
  timelines: Map<string, TimelinePage>,
): readonly ReportBlock[] {
  const { step, result, remarks, scene } = outcome
  const took = scene && result !== 'not tested' ? ` It took ${seconds(scene.toMs - scene.fromMs)}.` : ''
  const isShown = result === 'fail' && scene !== undefined
  const repeat = `${reported.command} --only ${step.name}`
  return [
    heading(3, step.title, { mood: moodOf(result), word: WORDS[result], text: '' }),
    paragraph(`What was done: ${step.summary}.${took}`),
    ...list(remarks.map(remark => marked({ result: remark.result, text: remarkText(remark) }))),
    ...attempts(outcome, reported),
    ...(isShown ? happened(outcome, reported, timelines) : []),
    ...(result === 'fail'
      ? [paragraph('To repeat it:'), code(`The command that repeats: ${step.title}`, [repeat])]
      : []),
  ]
}

function remarkText({ text, clause, advice }: Remark): string {
  const rule = clause === undefined || text.includes(clause) ? '' : ` (${clause})`
  return `${text}${rule}.${advice === undefined ? '' : ` To do: ${advice}.`}`
}

const code = (label: string, lines: readonly string[]) => ({ is: 'code', label, text: lines.join('\n') }) as const

/** The step as a timeline, and the same in words. */
function happened(
  outcome: StepOutcome,
  { run }: Reported,
  timelines: Map<string, TimelinePage>,
): readonly ReportBlock[] {
  const { step, scene } = outcome
  const lines = timelineOf(outcome, run)
  if (!scene || lines.length === 0) return []
  const { evidence, zeroMs, subject } = run
  const [fromMs, toMs] = [scene.fromMs - zeroMs, scene.toMs - zeroMs]
  const events = evidence.events.filter(
    event => event.atMs >= fromMs && event.atMs <= toMs && (event.who === 'harness' || event.device === 1),
  )
  const { header } = evidence
  const whole = timelinePage({ header, events }, { result: 'pass', outcomes: [], troubles: [] })
  timelines.set(step.name, { ...whole, fromMs, toMs })
  return [
    paragraph('What happened, in seconds from the fault:'),
    timelineBlock(step.name, step.title, subject ? keepaliveMs(subject) : 0),
    { ...code(`In words: ${step.title}`, lines), isFolded: true },
  ]
}

/** When it tried to come back, as dots on an axis of time. */
function attempts({ step, scene }: StepOutcome, { run: { evidence, zeroMs } }: Reported): readonly ReportBlock[] {
  if (!step.series || !scene) return []
  const seen = { fault: scene.fault, toMs: scene.toMs - zeroMs, conn: 0 }
  const found = step.series({
    ...seen,
    events: evidence.events.filter(({ device }) => device === undefined || device === 1),
  })
  const rows = found.filter(({ afterMs }) => afterMs.length > 0)
  if (rows.length === 0) return []
  const spans = {
    title: 'When it tried to come back',
    xLabel: 'after its connection was ended',
    unit: ' s',
    kinds: [{ kind: 'client' as const, text: 'an attempt to connect' }],
    rows: rows.map(attemptRow),
    lines: [],
  }
  return [{ is: 'spans', spans }]
}

const attemptRow = ({ how, afterMs }: AttemptSeries) => ({
  label: `${how}: ${plural(afterMs.length, 'attempt')}`,
  words: afterMs.map(ms => seconds(ms)).join(', '),
  marks: afterMs.map((ms, i) => {
    const gap = i === 0 ? '' : `, ${seconds(ms - (afterMs[i - 1] ?? 0))} after the one before`
    return { at: ms / 1000, kind: 'client' as const, title: `attempt ${i + 1}: ${seconds(ms)}${gap}` }
  }),
})
