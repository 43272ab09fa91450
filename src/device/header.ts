import type { EvidenceHeader, PeerVersion } from '../model/evidence.ts'
import { scenarioOf } from './scene.ts'
import type { Terms } from './terms.ts'

/** Where and with what a programme is played. */
export interface Setting {
  /** Version of this package. */
  readonly halfopen: string
  readonly broker: PeerVersion
  /** ISO 8601. */
  readonly started: string
  /** How exactly events are dated here, in milliseconds. */
  readonly resolutionMs: number
}

/** Nobody yet: of an evidence file without any device in it. */
const NOBODY = { declaredS: 0, protocol: 4 } as const

export const headerOf = (
  { halfopen, broker, started, resolutionMs }: Setting,
  terms: Pick<Terms, 'declaredS' | 'protocol'> = NOBODY,
  untilMs = 0,
): EvidenceHeader => ({
  evidence: 1,
  halfopen,
  node: process.version,
  lab: 'device',
  labResolutionMs: resolutionMs,
  link: 'embedded',
  broker,
  client: { name: 'device', version: 'unknown' },
  seed: 0,
  started,
  scenario: scenarioOf(terms, broker.name, untilMs),
})
