import type { PacketSummary } from '../model/event.ts'
import { amqpWire } from './amqp-wire.ts'
import { mqttWire } from './mqtt-wire.ts'
import type { WireDialect } from './wire-dialect.ts'

export const dialects: ReadonlyMap<string, WireDialect> = new Map(
  [mqttWire, amqpWire].map(dialect => [dialect.name, dialect]),
)

/** What peers speak that do not say it. */
export const DEFAULT_DIALECT = mqttWire

/** Whose packet this is. */
export function wireOf({ cmd }: Pick<PacketSummary, 'cmd'>): WireDialect {
  const end = cmd.indexOf(':')
  return (end < 0 ? undefined : dialects.get(cmd.slice(0, end))) ?? DEFAULT_DIALECT
}

/** The dialect whose clients begin with this byte; `undefined`: none does, so the bytes are read as MQTT, wrapped or not. */
export function openedBy(first: number | undefined): WireDialect | undefined {
  return [...dialects.values()].find(({ reading }) => reading !== undefined && reading.opening === first)
}
