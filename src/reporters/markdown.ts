import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { forMarkdown, forMarkdownLine } from '../text/harmless.ts'
import { shortPath } from '../text/layout.ts'
import { plural } from '../text/words.ts'
import { complaints } from './failure.ts'
import { figure } from './line.ts'
import type { Look, Plan, Reporter } from './reporter.ts'
import { resultOf, tally, titleOf } from './reporter.ts'
import { sequenceMermaid } from './sequence.ts'
import { whySkipped } from './skipped.ts'
import { peersLine } from './summary.ts'

/** Failures that are drawn: a summary of GitHub's may have 1 MiB. */
const MOST_DRAWN = 20

/** For the summary of a job: the answer, each failure with what happened between client, link and broker, and all the others folded. */
export const markdownReporter: Reporter = {
  name: 'markdown',
  summary: 'a summary in Markdown, with a diagram of each failure; added to the summary of a GitHub job by itself',
  begin: (plan, look) => ({
    text: '',
    writer: { ended: () => '', finished: suite => summary(plan, suite, look) },
  }),
}

function summary(plan: Plan, suite: SuiteReport, look: Look): string {
  const counts = tally(suite.reports)
  const bad = suite.reports.filter(report => ['fail', 'inconclusive'].includes(resultOf(report)))
  const said = [
    `${counts.pass} passed`,
    `${counts.fail} failed`,
    `${counts.inconclusive} inconclusive`,
    `${counts.skipped + counts.unsupported} skipped`,
  ].filter(text => !text.startsWith('0 '))
  const sign = counts.fail > 0 ? '❌' : counts.inconclusive > 0 ? '⚠️' : '✅'
  return [
    `## ${sign} halfopen: ${said.join(', ') || 'nothing was played'}`,
    `Lab ${forMarkdown(plan.lab)}, seed ${plan.seed}, ${(suite.durationMs / 1000).toFixed(1)} s. ${forMarkdown(peersLine(suite.reports))}`,
    ...bad.map((report, number) => failure(report, look, number < MOST_DRAWN)),
    ...skips(suite.reports),
    ...passes(suite.reports, look),
    '',
  ].join('\n\n')
}

function failure(report: ScenarioReport, look: Look, isDrawn: boolean): string {
  const { scenario, verdict, evidence, sequence = [] } = report
  const { file, line } = scenario.position
  const words = [...(verdict?.troubles ?? []), ...complaints(report).map(({ check, reason }) => `${check}: ${reason}`)]
  const parts = [
    `### ${resultOf(report) === 'fail' ? '❌ failed' : '⚠️ inconclusive'}: ${forMarkdown(titleOf(report))}`,
    `\`${shortPath(file, look.cwd).replaceAll('`', "'")}:${line}\``,
    [...new Set(words)].map(text => `- ${forMarkdownLine(text)}`).join('\n'),
  ]
  if (isDrawn && sequence.length > 0) parts.push(`\`\`\`mermaid\n${sequenceMermaid(sequence)}\n\`\`\``)
  if (evidence !== undefined)
    parts.push(`\`npx halfopen judge ${shortPath(evidence, look.cwd).replaceAll('`', "'")} --html run.html\``)
  return parts.filter(text => text !== '').join('\n\n')
}

function skips(reports: readonly ScenarioReport[]): string[] {
  const counts = new Map<string, number>()
  for (const report of reports) {
    const why = whySkipped(report)
    if (!why) continue
    const text = `${why.reason}${why.remedy === undefined ? '' : `; to run: ${why.remedy}`}`
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  if (counts.size === 0) return []
  const items = [...counts].map(([text, count]) => `- ${plural(count, 'scenario')}: ${forMarkdown(text)}`)
  return [`### Skipped\n\n${items.join('\n')}`]
}

function passes(reports: readonly ScenarioReport[], look: Look): string[] {
  const passed = reports.filter(report => resultOf(report) === 'pass')
  if (passed.length === 0) return []
  const rows = passed.map(report => {
    const { scenario, verdict } = report
    const figures = (verdict?.outcomes ?? []).filter(({ result }) => result === 'pass').map(each => figure(each, look))
    const words = scenario.must === undefined ? figures : [`came out as ${scenario.must}, as it must`]
    return `| ${forMarkdown(titleOf(report))} | ${forMarkdown(words.join(', '))} |`
  })
  const table = ['| scenario | when, and what was allowed |', '|---|---|', ...rows].join('\n')
  return [`<details><summary>${plural(passed.length, 'scenario')} passed</summary>\n\n${table}\n\n</details>`]
}
