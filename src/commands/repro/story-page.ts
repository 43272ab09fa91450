import type { ReportParts } from '../../pages/page-html.ts'
import type { TimelinePage } from '../../pages/page-model.ts'
import {
  type CauseBlock,
  heading,
  list,
  paragraph,
  plainTable,
  type ReportBlock,
  timelineBlock,
} from '../../pages/report-model.ts'
import { timelinePage } from '../../pages/timeline-page.ts'
import { slugOf } from '../../text/slug.ts'
import { fixRows, fixVerdict, isFixed } from './repro-scenario.ts'
import type { Story } from './story.ts'
import { storyParts } from './story-text.ts'

/** What was played, as a page: the cause, the story, and a timeline of each run. `after`: with the keep-alive of --fix. */
export function storyPage(story: Story, after: Story | undefined, scenario: string): ReportParts {
  const timelines = new Map<string, TimelinePage>()
  const { beats, believed, outcome, remedy, heading: about, ...parts } = storyParts(story)
  const cause = parts.cause.replace(/^./, first => first.toUpperCase())
  const { header } = story.evidence
  const page = {
    halfopen: header.halfopen,
    kind: `Reproduction: ${story.given.box.name} with a keep-alive of ${story.given.keepaliveS} s`,
    answer: after ? fixVerdict(story, after) : (cause.split('\n')[0] ?? ''),
    result: after ? (isFixed(after) ? ('pass' as const) : ('fail' as const)) : ('note' as const),
    lead: [...(after ? [cause.split('\n')[0] ?? ''] : []), ...remedy.split('\n')].filter(text => text !== ''),
    blocks: [
      heading(2, 'The cause'),
      { is: 'cause' as const, cause: causeOf(story, cause, believed, outcome) },
      ...(after ? [heading(2, 'Before and after'), beforeAndAfter(story, after)] : []),
      heading(2, after ? `Before: K = ${story.given.keepaliveS} s` : 'What happened'),
      ...told(story, beats, timelines),
      ...(after ? [heading(2, `After: K = ${after.given.keepaliveS} s`), ...told(after, [], timelines)] : []),
      heading(2, 'The middlebox and its peers'),
      ...list(about.split('\n').map(line => line.trim())),
      heading(2, 'The scenario that plays it'),
      { is: 'code' as const, label: 'The scenario', text: scenario.trimEnd() },
    ],
    environment: [
      ['halfopen', header.halfopen],
      ['Lab', header.lab],
      ['Client', `${header.client.name} ${header.client.version}${header.client.model ? ' (a model)' : ''}`],
      ['Broker', `${header.broker.name} ${header.broker.version}${header.broker.model ? ' (a model)' : ''}`],
      ['Seed', String(header.seed)],
    ] as const,
  }
  return { page, timelines }
}

/** What was seen speaks for the cause; where nothing was cut, against there being one. */
function causeOf(story: Story, cause: string, believed: string, outcome: string): CauseBlock {
  const seen = [...outcome.split('\n'), ...believed.split('\n')].filter(text => text !== '')
  const isCut = story.cuts > 0
  return {
    rank: 1,
    title: cause.split('\n')[0] ?? '',
    rankWords: `source: ${story.given.box.source}`,
    bounds: cause.split('\n').slice(1),
    pro: isCut ? seen : [],
    contra: isCut ? [] : seen,
  }
}

const beforeAndAfter = (before: Story, after: Story): ReportBlock => {
  const [head = [], ...rows] = fixRows(before, after)
  return plainTable('Before and after', ['what', ...head.slice(1)], rows)
}

function told(
  { evidence, given }: Story,
  beats: readonly (readonly string[])[],
  timelines: Map<string, TimelinePage>,
): readonly ReportBlock[] {
  const slug = slugOf(`k ${given.keepaliveS}`)
  const keepaliveMs = (given.keepaliveS * 1000) / given.scale
  timelines.set(slug, timelinePage(evidence, { result: 'pass', outcomes: [], troubles: [] }))
  return [
    timelineBlock(slug, `K = ${given.keepaliveS} s`, keepaliveMs),
    ...(beats.length > 0 ? [plainTable('The story', ['when', 'who', 'what'], beats)] : [paragraph('Nothing was cut.')]),
  ]
}
