import type { PeerVersion } from '../model/evidence.ts'
import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { plural } from '../text/words.ts'
import type { Style } from './reporter.ts'
import { tally } from './reporter.ts'

/** `24 passed, 1 failed, 2 inconclusive, 6 skipped in 13.2 s (seed 1234)` */
export function summaryLine(suite: SuiteReport, seed: number, unfinished: number, style: Style): string {
  const counts = tally(suite.reports)
  const parts = [
    part(counts.pass, 'passed', style.green),
    part(counts.fail, 'failed', style.red),
    part(counts.inconclusive, 'inconclusive', style.yellow),
    part(counts.skipped + counts.unsupported, 'skipped', style.dim),
    part(unfinished, 'not finished', style.yellow),
  ].filter(text => text !== '')
  const again = suite.reports.filter(({ earlier }) => earlier !== undefined).length
  if (again > 0) parts.push(`${again} played again`)
  const after = `in ${(suite.durationMs / 1000).toFixed(1)} s (seed ${seed})`
  return `${parts.join(', ') || plural(0, 'scenario')} ${after}`
}

const part = (count: number, word: string, paint: (text: string) => string): string =>
  count === 0 ? '' : paint(`${count} ${word}`)

/** `aedes 1.2.0, mosquitto 2.0.11; mqttjs 5.16.0`: who was met. A model is never passed off as the real peer. */
export function peersLine(reports: readonly ScenarioReport[]): string {
  const brokers = peers(reports.map(report => report.broker))
  const clients = peers(reports.map(report => report.client))
  return [brokers, clients].filter(text => text !== '').join('; ')
}

function peers(versions: readonly (PeerVersion | undefined)[]): string {
  const names = versions.flatMap(peer =>
    peer ? [`${peer.name} ${peer.version}${peer.model ? ' (a model)' : ''}`] : [],
  )
  return [...new Set(names)].sort().join(', ')
}
