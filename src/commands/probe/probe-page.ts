import { formatMs } from '../../model/duration.ts'
import { packageVersion } from '../../model/package.ts'
import {
  headAndRest,
  heading,
  list,
  type ReportBlock,
  type ReportPage,
  type SpanMark,
} from '../../pages/report-model.ts'
import { deadAtMs, isAlive, isDead, type Observation, type Variant } from './observation.ts'
import { answer, boundsText, how, LEADS, type Report } from './probe-text.ts'

/** The answer of a probe as a page: T, and each silence that says so. */
export function probePage(report: Report): ReportPage {
  const { target, findings, partial, skipped, tls, keepaliveS, connections, tookMs, longestMs } = report
  const [first = '', ...more] = answer(report)
  const [head, ...rest] = headAndRest(first)
  const { contradicts, pool, maxAge, dead, aliveMs } = findings
  const doubts = [
    ...(partial === undefined ? [] : [`Partial: ${partial}.`]),
    ...skipped.map(text => `Not asked: ${text}`),
    ...(contradicts && !pool && !maxAge
      ? ['Longer silences lived where shorter ones died: a pool of different boxes, or a path that changed. Try again.']
      : []),
  ]
  return {
    halfopen: packageVersion(),
    kind: `The path to ${target}`,
    answer: head,
    result: partial !== undefined || (!dead && aliveMs === 0) ? 'inconclusive' : 'note',
    lead: [...rest, ...more],
    blocks: [
      ...silences(report),
      heading(2, 'By who spoke first after the silence'),
      {
        is: 'facts',
        facts: (['client', 'broker', 'tcp'] as const).map(variant => [
          LEADS[variant].trim().replace(/:$/, ''),
          boundsText(findings.byVariant[variant]),
        ]),
      },
      ...(doubts.length > 0 ? [heading(2, 'What to bear in mind'), ...list(doubts)] : []),
    ],
    environment: [
      ['halfopen', packageVersion()],
      ['Connections', String(connections)],
      ['Took', formatMs(Math.round(tookMs / 100) * 100)],
      ['Keep-alive', keepaliveS === 0 ? 'off' : `${keepaliveS} s`],
      ['Longest silence asked for', formatMs(longestMs)],
      ...(tls === undefined ? [] : [['TLS', tls] as const]),
    ],
  }
}

const ROWS: Readonly<Record<Variant, string>> = {
  client: 'the client speaks first',
  broker: 'the broker speaks first',
  tcp: 'with TCP keep-alive',
  up: 'only the client speaks',
  down: 'only the broker speaks',
}

/** Each silence as a mark: whether the connection lived through it. */
function silences({ observations, findings }: Report): readonly ReportBlock[] {
  const rows = (Object.keys(ROWS) as Variant[]).flatMap(variant => {
    const own = observations
      .filter(each => each.variant === variant && (isAlive(each) || isDead(each)))
      .toSorted((a, b) => atMs(a) - atMs(b))
    if (own.length === 0) return []
    const marks = own.map(markOf)
    return [{ label: ROWS[variant], marks, words: marks.map(({ title }) => title).join('; ') }]
  })
  if (rows.length === 0) return []
  const { deadMs, dead } = findings
  const lines = dead ? [{ at: deadMs / 1000, label: 'T' }] : []
  return [
    {
      is: 'spans',
      spans: {
        title: 'Each silence, and whether the connection lived through it',
        xLabel: 'silence (s, a logarithmic axis)',
        unit: '',
        isLogarithmic: true,
        kinds: [
          { kind: 'lived', text: 'lived' },
          { kind: 'died', text: 'died' },
        ],
        rows,
        lines,
      },
    },
  ]
}

const atMs = (each: Observation): number => (isDead(each) ? deadAtMs(each) : each.silenceMs)

const markOf = (each: Observation): SpanMark => ({
  at: Math.max(1, atMs(each)) / 1000,
  kind: isDead(each) ? 'died' : 'lived',
  title: `${formatMs(Math.round(atMs(each)))}: ${isDead(each) ? how(each) : 'lived'}`,
})
