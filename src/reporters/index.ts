import { ctrfReporter } from './ctrf.ts'
import { defaultReporter } from './default.ts'
import { githubActionsReporter } from './github-actions.ts'
import { jsonReporter } from './json-report.ts'
import { junitReporter } from './junit.ts'
import { markdownReporter } from './markdown.ts'
import type { Reporter } from './reporter.ts'

export const reporters: ReadonlyMap<string, Reporter> = new Map(
  [defaultReporter, jsonReporter, junitReporter, githubActionsReporter, markdownReporter, ctrfReporter].map(
    reporter => [reporter.name, reporter],
  ),
)
