import type { PeerVersion } from '../model/evidence.ts'
import type { Outcome, ScenarioReport } from '../model/verdict.ts'
import { figure } from '../reporters/line.ts'
import type { Look } from '../reporters/reporter.ts'
import { resultOf, titleOf } from '../reporters/reporter.ts'
import { whySkipped } from '../reporters/skipped.ts'
import { folderName, shortPath } from '../text/layout.ts'
import { onlyOnce, slugOf } from '../text/slug.ts'
import { allowed } from '../text/words.ts'
import type { CheckPage, ScenarioPage } from './page-model.ts'

/** What the page says of one scenario, but for its timeline. `unique` gives each slug once. */
export function scenarioPage(
  report: ScenarioReport,
  look: Pick<Look, 'cwd' | 'label'>,
  unique: (slug: string) => string,
): Omit<ScenarioPage, 'source' | 'timeline' | 'crowd'> {
  const { scenario, verdict, broker, client } = report
  const file = shortPath(scenario.position.file, look.cwd)
  const skip = whySkipped(report)
  const ownSlugs = onlyOnce()
  return {
    slug: unique(slugOf(scenario.name)),
    name: titleOf(report),
    folder: folderName(scenario.position.file, look.cwd),
    file,
    line: scenario.position.line,
    result: resultOf(report),
    ...(scenario.must === undefined ? {} : { must: scenario.must }),
    words: [
      ...(verdict?.troubles ?? []),
      ...(verdict?.notes ?? []).map(note => `note: ${note}`),
      ...(report.earlier ?? []).map(({ reason }) => `played before, and inconclusive: ${reason}`),
    ],
    ...(skip ? { skip } : {}),
    checks: (verdict?.outcomes ?? []).map(outcome => checkPage(outcome, look, ownSlugs)),
    durationMs: report.durationMs,
    ...(broker ? { broker: peerText(broker) } : {}),
    ...(client ? { client: peerText(client) } : {}),
    keepaliveMs: scenario.client.keepaliveS * 1000,
    ...(report.evidence === undefined ? {} : { again: `npx halfopen judge ${shortPath(report.evidence, look.cwd)}` }),
  }
}

const peerText = ({ name, version, model }: PeerVersion): string => `${name} ${version}${model ? ' (a model)' : ''}`

function checkPage(outcome: Outcome, look: Pick<Look, 'label'>, unique: (slug: string) => string): CheckPage {
  const { check, result, window, reason, position, sinceMs, seenMs, afterMs, minusMs = 0, plusMs = 0 } = outcome
  return {
    slug: unique(check),
    check,
    result,
    figure: figure(outcome, look),
    ...(window ? { allowed: allowed(window), origin: window.origin } : {}),
    reason,
    line: position.line,
    sinceMs,
    seenMs,
    afterMs,
    minusMs,
    plusMs,
    earliestMs: window?.earliestMs ?? null,
    latestMs: window && Number.isFinite(window.latestMs) ? window.latestMs : null,
  }
}
