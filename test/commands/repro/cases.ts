import type { Case } from '../../../src/commands/repro/repro-case.ts'
import { middleboxes } from '../../../src/faults/middleboxes/index.ts'

/** MQTT's keep-alive has two bytes; some boxes are more patient than it can be. */
const LONGEST_S = 65_535
const SHORTENED_MS = 300_000

/** A case of this preset; `keepalive` in units of its idle time-out. */
export function caseOf(name: string, keepalive: number, more: Partial<Case> = {}): Case {
  const preset = middleboxes.get(name)
  if (!preset) throw new Error(`no middlebox is called ${name}`)
  const ownAfter = preset.afterMs / 1000 > LONGEST_S / 2
  const box = ownAfter ? { ...preset, afterMs: SHORTENED_MS } : preset
  return {
    box,
    ownAfter,
    keepaliveS: Math.ceil((keepalive * box.afterMs) / 1000),
    client: 'mqttjs',
    broker: 'aedes',
    publish: 'broker',
    scale: 1,
    ...more,
  }
}
