import type { Evidence } from '../model/evidence.ts'
import { harmlessJson } from '../text/json.ts'

/** One line of an evidence file: its header, or an event. */
export const evidenceLine = (line: object): string => `${harmlessJson(line)}\n`

/** NDJSON: the header, then one event a line, of those in memory. `docs/evidence.md` describes it. */
export const formatEvidence = ({ header, events }: Evidence): string => [header, ...events].map(evidenceLine).join('')
