/** Messages that halfopen itself sends to the device, as if its broker had. */
import mqttPacket from 'mqtt-packet'
import type { FilterSummary } from '../../model/event.ts'
import type { DeviceLine } from './device-line.ts'
import type { Stage } from './device-stage.ts'

/** What a wildcard of a topic filter is filled with. */
const LEVEL = 'halfopen'
/** Brokers count packet identifiers from 1 up, so that this one is not in use: one of 1 to 65,535, 3.1.1 §2.3.1, 5.0 §2.2.1. */
export const MESSAGE_ID = 65_500

/** A topic that this filter takes: 3.1.1 and 5.0 §4.7; of a shared subscription (5.0 §4.8.2) the filter in it. */
const topicFor = (filter: string): string =>
  filter
    .replace(/^\$share\/[^/]*\//, '')
    .split('/')
    .map(level => (level === '+' || level === '#' ? LEVEL : level))
    .join('/')

/** The subscription that messages are sent to: of the highest QoS, since that can be acknowledged. `$SYS` is the broker's own. */
export const chosenFilter = (filters: readonly FilterSummary[]): FilterSummary | undefined =>
  filters.filter(({ topic }) => !topic.startsWith('$SYS')).toSorted((a, b) => b.qos - a.qos)[0]

interface MessageOrder {
  readonly qos: 0 | 1
  /** Of its payload; absent: as long as the payload is. */
  readonly bytes?: number
}

/** The bytes of a PUBLISH to this device; `undefined`: it subscribes to nothing, or the user wants none to be sent. */
export function messageTo(stage: Stage, line: DeviceLine, { qos, bytes }: MessageOrder): Buffer | undefined {
  const { payload: text } = stage.limits
  const filter = chosenFilter(stage.roster.filters)
  if (text === undefined || !filter || stage.roster.tls) return undefined
  const payload = bytes === undefined ? Buffer.from(text) : Buffer.alloc(bytes, text || 'x')
  const protocolVersion = line.terms.protocol
  return mqttPacket.generate(
    {
      cmd: 'publish',
      topic: topicFor(filter.topic),
      payload,
      qos: filter.qos === 0 ? 0 : qos,
      dup: false,
      retain: false,
      ...(filter.qos > 0 && qos > 0 && { messageId: MESSAGE_ID }),
    },
    { protocolVersion },
  )
}

/** What a check of scenarios says of a client, said of the device. `fault`: the name of the one in force. */
export function ofDevice(reason: string, fault?: string): string {
  const told = reason.replace(/\b(the )?client\b/g, 'the device')
  return fault === undefined ? told : told.replaceAll(`${fault} held`, 'the fault').replaceAll(fault, 'the fault')
}
