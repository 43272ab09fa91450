import { type Duration, keepalives, parseDuration } from '../../model/duration.ts'
import type { Qos, Stream, Traffic } from '../../model/scenario.ts'

const FLOWS = ['publishing', 'receiving'] as const
export const TRAFFIC_NAMES = ['idle', ...FLOWS] as const

/** Two messages in each keep-alive: often enough to keep a flow alive, seldom enough that a ping may fall due. */
const EVERY: Duration = keepalives(0.5)
const QOS: Qos = 1

/** `idle`, `publishing`, `receiving:qos0`, `publishing:qos1:30s`, `receiving:2K`; a string says what is wrong. */
export function parseTraffic(text: string): Traffic | string {
  const [name = '', ...rest] = text.split(':')
  if (name === 'idle') return rest.length === 0 ? {} : 'idle takes nothing after it'
  const flow = FLOWS.find(each => each === name)
  if (!flow) return `nothing is called '${name}'`
  let stream: Stream = { qos: QOS, every: EVERY }
  for (const part of rest) {
    const qos = /^qos([012])$/.exec(part)?.[1]
    const every = parseDuration(part)
    if (qos !== undefined) stream = { ...stream, qos: Number(qos) as Qos }
    else if (every && every.ms + every.k > 0) stream = { ...stream, every }
    else return `'${part}' is neither qos0, qos1, qos2 nor how often, such as 30s or 0.5K`
  }
  return { [flow]: stream }
}
