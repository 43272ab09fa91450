import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import type { Report } from '../../../src/commands/probe/probe-text.ts'
import { faults } from '../../../src/faults/index.ts'
import { embedded } from '../../../src/link/kinds/embedded.ts'
import { aedes, aedesCore } from '../../../src/peers/brokers/aedes.ts'
import type { BrokerKind, StartedBroker } from '../../../src/peers/brokers/broker.ts'
import { mosquitto } from '../../../src/peers/brokers/mosquitto.ts'

interface Path {
  readonly broker?: 'aedes' | 'mosquitto'
  readonly options?: Record<string, unknown>
  /** Of an idle-cut; without it nothing is on the path. */
  readonly box?: Record<string, unknown>
  readonly maxMs: number
  readonly connections?: number
  /** Stops it after so long. */
  readonly stopAfterMs?: number
}

/** How long a probe waits for an answer. */
export const PATIENCE_MS = 1000

let probes = 0

/** Probes a broker through a link with a middlebox in it. */
export async function probePath({
  broker = 'aedes',
  options = {},
  box,
  maxMs,
  connections = 120,
  stopAfterMs,
}: Path): Promise<Report> {
  const clock = realClock()
  const kind = (broker === 'aedes' ? aedes : mosquitto) as BrokerKind
  await using upstream: StartedBroker = await kind.start(kind.options.parse(options))
  const kit = { clock, record: () => {}, random: Math.random, runId: 'probe' }
  await using link = await embedded.start({ kit, options: {}, upstream: upstream.address, latencyMs: 0, jitterMs: 0 })
  const fault = faults.get('idle-cut')
  for (const order of box ? (fault?.on(fault.options.parse(box), 0) ?? []) : [])
    if (order.to === 'link') await link.order(order, 'idle-cut#0')
  const stop = new AbortController()
  if (stopAfterMs !== undefined) clock.at(stopAfterMs, () => stop.abort())
  return await probe({
    target: { ...link.address, tls: false },
    clock,
    id: `hp${process.pid.toString(36)}${++probes}`,
    maxMs,
    connections,
    patienceMs: PATIENCE_MS,
    signal: stop.signal,
    progress: () => {},
  })
}

/** A broker behind a web server that ends a connection at an age, or not at all. */
export async function webBroker(maxAgeMs?: number): Promise<number> {
  const broker = await aedesCore({ id: 'web' })
  const server = createServer((_, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ server, path: '/mqtt' })
  const clock = realClock()
  sockets.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket)
    stream.on('error', () => {})
    broker.accept(stream)
    if (maxAgeMs !== undefined) clock.at(clock.nowMs() + maxAgeMs, () => request.socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    sockets.close()
    server.closeAllConnections()
    server.close()
    await broker[Symbol.asyncDispose]()
  })
  return (server.address() as AddressInfo).port
}
