import { z } from 'zod'
import { type Duration, resolveDuration } from '../model/duration.ts'
import type { Flow } from '../model/flow.ts'
import type { Stream } from '../model/scenario.ts'
import { duration } from '../model/schema.ts'
import type { Window } from '../model/verdict.ts'
import type { Check, Finding } from './check.ts'
import { type Delivery, deliveriesOf } from './delivery.ts'
import type { History } from './history.ts'
import { inconclusive } from './window.ts'
import { plural, seconds } from './words.ts'

interface MessagesParams {
  readonly latest?: Duration | undefined
}

/** What is handed to a library this shortly before the end is not counted: it may still be on its way. */
const GRACE_MS = 1000

/** MQTT 3.1.1 and 5.0 §4.3: QoS 1 arrives at least once, QoS 2 exactly once, QoS 0 perhaps. */
export const messagesKept: Check<MessagesParams> = {
  name: 'messages-kept',
  summary: 'every message of QoS 1 or 2 that was handed to a library arrives; of QoS 2 exactly once',
  options: z.strictObject({ latest: duration.optional().describe('how late a message may be: 10s') }),
  needsControl: 'pass',
  judge({ latest }, history) {
    const { publishing, receiving } = history.scenario.client.traffic
    const latestMs = latest && resolveDuration(latest, history.keepaliveMs)
    const streams = [streamOf(history, 'up', publishing), streamOf(history, 'down', receiving)]
    const untilMs = history.endMs - (latestMs ?? GRACE_MS)
    const due = streams.flat().filter(({ publishedMs }) => publishedMs <= untilMs)
    const window: Window | null =
      latestMs === undefined ? null : { earliestMs: 0, latestMs, origin: 'scenario', source: 'scenario' }
    return weigh(due, window)
  },
}

const streamOf = (history: History, flow: Flow, stream: Stream | undefined): readonly Delivery[] =>
  stream ? deliveriesOf(history.peers, flow, stream.qos) : []

function weigh(due: readonly Delivery[], window: Window | null): Finding {
  const promised = due.filter(({ qos }) => qos > 0)
  const lostAtQos0 = due.filter(({ qos, receivedMs }) => qos === 0 && receivedMs.length === 0).length
  const aside = lostAtQos0 > 0 ? ` (and ${lostAtQos0} of QoS 0 lost, which may be)` : ''
  if (promised.length === 0) return inconclusive(`no message of QoS 1 or 2 was due${aside}`, { window })

  const lateMs = ({ publishedMs, receivedMs }: Delivery) => (receivedMs[0] ?? Infinity) - publishedMs
  const worst = promised.reduce((most, each) => (lateMs(each) > lateMs(most) ? each : most))
  const faults = [
    count(promised, each => each.receivedMs.length === 0, 'never arrived'),
    count(promised, each => each.qos === 2 && each.receivedMs.length > 1, 'of QoS 2 arrived more than once'),
    window &&
      count(
        promised,
        each => lateMs(each) > window.latestMs && lateMs(each) < Infinity,
        `later than ${seconds(window.latestMs)}`,
      ),
  ].filter(fault => typeof fault === 'string')
  const seenMs = worst.receivedMs[0] ?? null
  const slowest =
    seenMs === null ? `the first lost was number ${worst.seq}` : `the slowest took ${seconds(lateMs(worst))}`
  const reason = `${plural(promised.length, 'message')}: ${faults.join(', ') || 'all arrived'}; ${slowest}${aside}`
  return { result: faults.length > 0 ? 'fail' : 'pass', sinceMs: worst.publishedMs, seenMs, window, reason }
}

function count(deliveries: readonly Delivery[], wrong: (each: Delivery) => boolean, what: string): string | undefined {
  const found = deliveries.filter(wrong).length
  return found === 0 ? undefined : `${found} ${what}`
}
