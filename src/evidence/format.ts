import type { Evidence } from '../model/evidence.ts'
import { harmlessJson } from '../text/json.ts'

/** NDJSON: the header, then one event a line. `docs/evidence.md` describes it. */
export const formatEvidence = ({ header, events }: Evidence): string =>
  [header, ...events].map(line => `${harmlessJson(line)}\n`).join('')
