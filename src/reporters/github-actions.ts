import type { SourcePosition } from '../model/scenario.ts'
import type { ScenarioReport } from '../model/verdict.ts'
import { forWorkflow, forWorkflowProperty } from '../text/harmless.ts'
import { shortPath } from '../text/layout.ts'
import { complaints } from './failure.ts'
import { type Reporter, resultOf } from './reporter.ts'

/**
 * Workflow commands, so that GitHub shows each failure at its line of the scenario file. vitest's reporter of this
 * name annotates only files that vite has transformed, which a scenario file never is.
 */
export const githubActionsReporter: Reporter = {
  name: 'github-actions',
  summary: 'annotations for GitHub Actions; added by itself where GITHUB_ACTIONS=true',
  commands: true,
  begin: (_, look) => ({
    text: '',
    writer: {
      ended: () => '',
      finished: suite => suite.reports.flatMap(report => annotations(report, look.cwd)).join(''),
    },
  }),
}

function annotations(report: ScenarioReport, cwd: string): string[] {
  const result = resultOf(report)
  const { name, position } = report.scenario
  const notes = (report.verdict?.notes ?? []).map(text => annotation('warning', name, text, position, cwd))
  if (result !== 'fail' && result !== 'inconclusive') return notes
  const level = result === 'fail' ? 'error' : 'warning'
  const note = (text: string, at: SourcePosition) => annotation(level, name, text, at, cwd)
  return [
    ...notes,
    ...(report.verdict?.troubles ?? []).map(trouble => note(trouble, position)),
    ...complaints(report).map(outcome => note(`${outcome.check}: ${outcome.reason}`, outcome.position)),
  ]
}

function annotation(level: string, title: string, text: string, at: SourcePosition, cwd: string): string {
  const properties = Object.entries({ file: shortPath(at.file, cwd), line: at.line, col: at.column, title })
  return `::${level} ${properties.map(([key, value]) => `${key}=${forWorkflowProperty(String(value))}`).join(',')}::${forWorkflow(text)}\n`
}
