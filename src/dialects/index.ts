import type { PacketSummary } from '../model/event.ts'
import { amqpWire } from './amqp-wire.ts'
import { mqttWire } from './mqtt-wire.ts'
import { websocketWire } from './websocket-wire.ts'
import type { WireDialect, WireReading } from './wire-dialect.ts'

export const dialects: ReadonlyMap<string, WireDialect> = new Map(
  [mqttWire, amqpWire, websocketWire].map(dialect => [dialect.name, dialect]),
)

/** What peers speak that do not say it. */
export const DEFAULT_DIALECT = mqttWire

/** As messages call it. */
export const titleOf = (dialect = DEFAULT_DIALECT.name): string => dialects.get(dialect)?.title ?? dialect

/** Whose packet this is. */
export function wireOf({ cmd }: Pick<PacketSummary, 'cmd'>): WireDialect {
  const end = cmd.indexOf(':')
  return (end < 0 ? undefined : dialects.get(cmd.slice(0, end))) ?? DEFAULT_DIALECT
}

/** How the dialect is read whose clients begin so. `more`: more bytes are needed to tell; `undefined`: it is MQTT, wrapped or not. */
export function openedBy(start: Buffer): WireReading | 'more' | undefined {
  const readings = [...dialects.values()].flatMap(({ reading }) => reading ?? [])
  const opened = readings.find(reading => reading.opens(start))
  return opened ?? (readings.some(reading => reading.opens(start) === undefined) ? 'more' : undefined)
}
