import type { Weighed } from '../../diagnosis/cause.ts'
import type { DateWords } from '../../diagnosis/dates.ts'
import type { DiagnosedSubject, Diagnosis } from '../../diagnosis/diagnose.ts'
import {
  boundsText,
  endsText,
  MOST_CAUSES,
  MOST_SUBJECTS,
  noPattern,
  rankWords,
  rareText,
  subjectWords,
  unknowns,
} from '../../diagnosis/diagnosis-text.ts'
import type { OverallFinding } from '../../diagnosis/overall.ts'
import type { Reproduction } from '../../diagnosis/reproduction.ts'
import { packageVersion } from '../../model/package.ts'
import {
  type CauseBlock,
  heading,
  list,
  paragraph,
  type ReportBlock,
  type ReportPage,
} from '../../pages/report-model.ts'

interface Told {
  /** The file. */
  readonly source: string
  /** What was read of it, a sentence each. */
  readonly lines: readonly string[]
  readonly date: DateWords
  readonly scenario: Reproduction | undefined
}

/** What a log or a capture says, as a page: for each client the causes that compete, with what speaks for and against each. */
export function diagnosisPage(diagnosis: Diagnosis, { source, lines, date, scenario }: Told): ReportPage {
  const { overall, subjects, notes } = diagnosis
  const isNamed = overall.length > 0 || subjects.some(({ ranking }) => ranking.length > 0)
  return {
    halfopen: packageVersion(),
    kind: `What ${source} says`,
    answer: answerOf(diagnosis),
    result: isNamed ? 'warning' : 'note',
    lead: lines.slice(0, 1),
    blocks: [
      ...overall.flatMap(finding => overallBlocks(finding, date)),
      ...subjects.slice(0, MOST_SUBJECTS).flatMap(subject => subjectBlocks(subject, date)),
      ...(subjects.length > MOST_SUBJECTS
        ? [paragraph(`${subjects.length - MOST_SUBJECTS} more clients have trouble: --client-id tells of one of them.`)]
        : []),
      ...list([...rareText(diagnosis), ...notes]),
      ...(scenario
        ? [
            heading(2, `A scenario that plays it (${scenario.cause})`),
            { is: 'code' as const, label: 'The scenario', text: scenario.text.trimEnd() },
          ]
        : []),
      heading(2, 'What was read'),
      ...list(lines),
    ],
    environment: [
      ['halfopen', packageVersion()],
      ['Source', source],
    ],
  }
}

function answerOf(diagnosis: Diagnosis): string {
  const [most] = diagnosis.subjects.filter(({ ranking }) => ranking.length > 0)
  const [first] = most?.ranking ?? []
  if (most && first) {
    const who = most.ids.length === 1 ? most.ids[0] : `${most.ids.length} clients`
    const others = most.tied > 1 ? `, or ${most.tied - 1} more that can't be told apart from it` : ''
    return `${who}: ${first.title}${others}`
  }
  return diagnosis.overall[0]?.title ?? noPattern(diagnosis).split(/[:.]/, 1)[0] ?? ''
}

function overallBlocks(finding: OverallFinding, date: DateWords): readonly ReportBlock[] {
  const dates = finding.atMs.map(date).slice(0, 6)
  return [
    heading(2, `Overall: ${finding.title}`),
    causeBlock(finding, { rank: 1, rankWords: dates.length > 0 ? `at ${dates.join(', ')}` : '', bounds: [] }),
    ...nextBlocks([finding], 'What would prove it'),
  ]
}

function subjectBlocks(subject: DiagnosedSubject, date: DateWords): readonly ReportBlock[] {
  const { ranking, tied, ruledOut } = subject
  const shown = ranking.slice(0, Math.max(tied, MOST_CAUSES))
  return [
    heading(2, subjectWords(subject, date)),
    paragraph(endsText(subject)),
    ...(ranking.length === 0 ? [paragraph('No cause that halfopen knows goes with that.')] : []),
    ...shown.map((cause, index) =>
      causeBlock(cause, {
        rank: index < tied ? 1 : index + 1,
        rankWords: rankWords(index, tied),
        bounds: index < tied ? (cause.bounds ?? []).map(each => boundsText(each, index, subject)) : [],
      }),
    ),
    ...ruledOut.map(cause => causeBlock(cause, { rank: 0, rankWords: 'ruled out', bounds: [] })),
    ...(ranking.length > 0 ? unknowns(subject).map(text => paragraph(`Not known: ${text.trim()}`)) : []),
    ...nextBlocks(shown.slice(0, tied), ranking.length > 1 ? 'What would tell them apart' : 'What would prove it'),
  ]
}

function causeBlock(
  { title, pro, contra, ruledOut }: Weighed,
  more: Pick<CauseBlock, 'rank' | 'rankWords' | 'bounds'>,
): ReportBlock {
  const out = ruledOut === undefined ? {} : { ruledOut: `ruled out: ${ruledOut}` }
  return { is: 'cause', cause: { title, pro, contra, ...more, ...out } }
}

/** What would show it, and what to do where it is so. */
function nextBlocks(causes: readonly Weighed[], title: string): readonly ReportBlock[] {
  const next = [...new Set(causes.flatMap(cause => cause.next))].slice(0, 4)
  const advice = causes[0]?.advice ?? []
  return [
    ...(advice.length > 0 ? [heading(3, 'What to do'), ...list(advice)] : []),
    ...(next.length > 0 ? [heading(3, title), ...list(next)] : []),
  ]
}
