import type { Cancel, Clock } from '../clock/clock.ts'
import type { Bench } from '../labs/lab.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Flow } from '../model/flow.ts'
import type { Stream, Traffic } from '../model/scenario.ts'
import type { Message, StartedClient } from '../peers/clients/client.ts'
import { topicOf } from '../peers/clients/identity.ts'
import { encodePayload } from '../peers/clients/payload.ts'

export interface TrafficSeat {
  readonly clock: Clock
  readonly bench: Pick<Bench, 'witness'>
  readonly runId: string
  readonly keepaliveMs: number
  /** The first message goes one interval after this moment of the clock. */
  readonly fromMs: number
  readonly trouble: (error: unknown) => void
}

/** One device's messages, both ways, until the result is called. */
export function startTraffic(traffic: Traffic, device: number, client: StartedClient, seat: TrafficSeat): Cancel {
  const { publishing, receiving } = traffic
  const up = (message: Message, seq: number) => {
    if (!client.publish) throw new Error("this client can't be asked to publish")
    client.publish(message, seq)
  }
  const down = (message: Message, seq: number) => seat.bench.witness.publish(message, seq)
  const cancels = [
    ...(publishing ? [startStream(publishing, 'up', device, up, seat)] : []),
    ...(receiving ? [startStream(receiving, 'down', device, down, seat)] : []),
  ]
  return () => {
    for (const cancel of cancels) cancel()
  }
}

function startStream(
  stream: Stream,
  flow: Flow,
  device: number,
  send: (message: Message, seq: number) => void,
  { clock, runId, keepaliveMs, fromMs, trouble }: TrafficSeat,
): Cancel {
  const topic = topicOf(runId, device, flow)
  const cancel = every(clock, fromMs, resolveDuration(stream.every, keepaliveMs), seq => {
    try {
      send({ topic, qos: stream.qos, payload: encodePayload({ flow, seq }, stream.size) }, seq)
    } catch (error) {
      cancel()
      trouble(error)
    }
  })
  return cancel
}

/** Calls `act` every `everyMs` after `fromMs`, counting from 1, and never drifts. */
export function every(clock: Clock, fromMs: number, everyMs: number, act: (count: number) => void): Cancel {
  let cancel = () => {}
  const next = (count: number) => {
    cancel = clock.at(fromMs + count * everyMs, () => {
      // First, since `act` may cancel it all.
      next(count + 1)
      act(count)
    })
  }
  next(1)
  return () => cancel()
}
