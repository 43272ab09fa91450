import type { Cancel, Clock } from '../clock/clock.ts'
import { ownMs } from '../clock/real.ts'
import type { Fault } from '../faults/fault.ts'
import type { Bench, Witness } from '../labs/lab.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Flow } from '../model/flow.ts'
import type { Registry } from '../model/plugin.ts'
import { type ReceivingStream, recordedClients, type Scenario, type Traffic } from '../model/scenario.ts'
import type { Message, StartedClient } from '../peers/clients/client.ts'
import { topicOf } from '../peers/clients/client-identity.ts'
import { encodePayload } from '../peers/clients/payload.ts'
import { handshake } from './handshake.ts'
import type { Recorder } from './recorder.ts'
import { fleet, playTimeline, waitFor } from './timeline.ts'

interface PlayParts {
  readonly scenario: Scenario
  readonly bench: Bench
  readonly clock: Clock
  readonly recorder: Recorder
  readonly faults: Registry<Fault>
  readonly runId: string
  /** When each client is started, in milliseconds; absent: all at once. */
  readonly startsMs?: (device: number) => number
  /** Resolves when the run is to end early. */
  readonly interrupted: Promise<unknown>
  readonly trouble: (error: unknown) => void
  /** Called once the clients are connected, or will not be. */
  readonly started?: () => void
}

/** Time 0 of the evidence, and the keep-alive that everything in units of K is resolved with. */
export interface Start {
  /** The CONNACK of client 1 at its own edge, on the run's clock. */
  readonly zeroMs: number
  /** The client's own, or the one that the broker imposed (MQTT 5.0 §3.2.2.3.14). */
  readonly keepaliveMs: number
}

/** Far beyond what a connection through a healthy link takes, also with a thousand clients at once. */
const HANDSHAKE_LIMIT_MS = 10_000

/** For a SUBACK that nobody can read: longer than a round trip through a healthy link. */
const SETTLE_MS = 500

/** Plays a scenario on a bench and returns at its end; `undefined` where it never came to a start. */
export async function play(context: PlayParts): Promise<Start | undefined> {
  const { scenario, clock, interrupted, trouble } = context
  const { keepaliveS, traffic } = scenario.client
  const count = recordedClients(scenario.client)
  const clients = fleet(context.bench)
  const cancels: Cancel[] = []
  let start: Start | undefined
  let stopped = false
  interrupted.then(() => {
    stopped = true
  })

  watchOwnWills(context)
  const connections = handshake(context.recorder, {
    count,
    subscribes: traffic.receiving !== undefined,
    final: scenario.client.options.restart === undefined,
    onConnack({ device, connackMs, serverKeepAliveS = keepaliveS }) {
      if (device !== 1) return
      start = { zeroMs: connackMs, keepaliveMs: serverKeepAliveS * 1000 }
      cancels.push(playTimeline(scenario.timeline, { ...context, ...start, clients, record: context.recorder.record }))
    },
    onReady(device) {
      const keepaliveMs = start?.keepaliveMs ?? keepaliveS * 1000
      clients.whenThere(device, client => {
        cancels.push(startTraffic(traffic, device, client, { ...context, keepaliveMs, fromMs: clock.nowMs() }))
      })
    },
    later: act => void cancels.push(clock.at(clock.nowMs() + ownMs(clock, SETTLE_MS), act)),
    trouble,
  })
  try {
    await clients.start(count, context.startsMs && turns(context, context.startsMs, () => !stopped))
    await waitFor(
      clock,
      clock.nowMs() + ownMs(clock, HANDSHAKE_LIMIT_MS),
      Promise.race([connections.over, interrupted]),
    )
    context.started?.()
    const shortfall = connections.shortfall()
    if (shortfall && !stopped) trouble(shortfall)
    if (!shortfall && start) await waitFor(clock, endOf(scenario, start), interrupted)
  } finally {
    for (const cancel of cancels) cancel()
  }
  return start
}

/** The CONNECT at the client's edge tells a will of the client's own before the broker can have to publish it. */
function watchOwnWills({ recorder, bench, trouble }: PlayParts): void {
  recorder.observe(event => {
    if (event.what !== 'packet' || event.packet.cmd !== 'connect' || event.edge !== 'client') return
    const { will } = event.packet
    const device = event.device ?? recorder.connections.deviceOn(event.conn)
    if (!will || device === undefined) return
    // Nothing that goes wrong here may reach the link, whose call this is.
    try {
      bench.witness.watch(device, will)
    } catch (error) {
      trouble(error)
    }
  })
}

const turns = ({ clock, interrupted }: PlayParts, startsMs: (device: number) => number, goesOn: () => boolean) => {
  const fromMs = clock.nowMs()
  return async (device: number): Promise<boolean> => {
    await waitFor(clock, fromMs + startsMs(device), interrupted)
    return goesOn()
  }
}

/** When a run is due to end, on its clock. */
export const endOf = ({ until }: Scenario, { zeroMs, keepaliveMs }: Start): number =>
  zeroMs + resolveDuration(until, keepaliveMs)

interface TrafficContext {
  readonly clock: Clock
  readonly bench: { readonly witness: Pick<Witness, 'publish'> }
  readonly runId: string
  readonly keepaliveMs: number
  /** The first message goes one interval after this moment of the clock. */
  readonly fromMs: number
  readonly trouble: (error: unknown) => void
}

/** One device's messages, both ways, until the result is called. */
export function startTraffic(traffic: Traffic, device: number, client: StartedClient, context: TrafficContext): Cancel {
  const { publishing, receiving } = traffic
  const up = (message: Message, seq: number) => {
    if (!client.publish) throw new Error("this client can't be asked to publish")
    client.publish(message, seq)
  }
  const down = (message: Message, seq: number) => context.bench.witness.publish(message, seq)
  const cancels = [
    ...(publishing ? [startStream(publishing, 'up', device, up, context)] : []),
    ...(receiving ? [startStream(receiving, 'down', device, down, context)] : []),
  ]
  return () => {
    for (const cancel of cancels) cancel()
  }
}

function startStream(
  stream: ReceivingStream,
  flow: Flow,
  device: number,
  send: (message: Message, seq: number) => void,
  { clock, runId, keepaliveMs, fromMs, trouble }: TrafficContext,
): Cancel {
  const topic = topicOf(runId, device, flow)
  const cancel = every(clock, fromMs, resolveDuration(stream.every, keepaliveMs), seq => {
    try {
      const { qos, size, expiryS } = stream
      const payload = encodePayload({ flow, seq }, size)
      send({ topic, qos, payload, ...(expiryS !== undefined && { expiryS }) }, seq)
    } catch (error) {
      cancel()
      trouble(error)
    }
  })
  return cancel
}

/** A thread that stood still for long makes up for it in so many at once, and hears of other things in between. */
const MOST_AT_ONCE = 100

/**
 * Calls `act` every `everyMs` after `fromMs`, counting from 1, and never drifts: what is due when the thread was busy is made up for, so
 * that as many messages go as are written.
 */
export function every(clock: Clock, fromMs: number, everyMs: number, act: (count: number) => void): Cancel {
  let cancel = () => {}
  let isOver = false
  const dueMs = (count: number) => fromMs + count * everyMs
  const next = (first: number) => {
    cancel = clock.at(dueMs(first), () => {
      const nowMs = clock.nowMs()
      let count = first
      do act(count++)
      while (!isOver && dueMs(count) <= nowMs && count - first < MOST_AT_ONCE)
      if (!isOver) next(count)
    })
  }
  next(1)
  return () => {
    isOver = true
    cancel()
  }
}
