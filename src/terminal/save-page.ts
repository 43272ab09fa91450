import { readEvidence } from '../evidence/read-evidence.ts'
import type { SuiteReport } from '../model/verdict.ts'
import { pageBundle } from '../pages/page-bundle.ts'
import { pageHtml, type ReportParts, reportHtml } from '../pages/page-html.ts'
import { type ReadAgain, runPage } from '../pages/run-page.ts'
import type { Look, Plan } from '../reporters/reporter.ts'
import { saveFile } from './files.ts'

/** `--html FILE`: the run as one page; what went wrong, if anything did. */
export const savePage = (
  file: string | undefined,
  suite: SuiteReport,
  plan: Plan,
  look: Look,
  troubles: readonly string[] = [],
): Promise<readonly string[]> =>
  saveFile(file, async () => pageHtml(await runPage(suite, plan, look, readAgain, troubles), await pageBundle()))

/** What can't be read again has a page without a timeline; why it could not be saved was told. */
const readAgain: ReadAgain = async ({ evidence }) =>
  evidence === undefined ? undefined : readEvidence(evidence).catch(() => undefined)

/** `--html FILE` of the other commands. */
export const saveReport = (file: string | undefined, make: () => ReportParts): Promise<readonly string[]> =>
  saveFile(file, async () => reportHtml(make(), await pageBundle()))
