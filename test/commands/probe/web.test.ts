import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import { aedesCore } from '../../../src/peers/brokers/aedes.ts'
import { it } from '../../doubt/test.ts'

/** A broker behind a web server that ends a connection at an age, or not at all. */
async function webBroker(maxAgeMs?: number): Promise<number> {
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

const PATIENCE_MS = 1000

const order = (port: number, maxMs: number, path = '/mqtt') => ({
  target: { host: '127.0.0.1', port, tls: false, web: { path, authority: `127.0.0.1:${port}` } },
  clock: realClock(),
  id: 'hpweb',
  maxMs,
  connections: 20,
  patienceMs: PATIENCE_MS,
  signal: new AbortController().signal,
  progress: () => {},
})

it('a probe speaks MQTT over a WebSocket', async ({ expect, time }) => {
  const startMs = time.nowMs()
  const report = await probe(order(await webBroker(), 2000))
  expect(report.target).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/mqtt$/)
  time.unlessStill(PATIENCE_MS / 2, startMs, () =>
    expect(report.findings).toMatchObject({ aliveMs: 2000, dead: undefined }),
  )
})

it('a path that the web server does not know is told with its answer', async ({ expect }) => {
  await expect(probe(order(await webBroker(), 1000, '/other'))).rejects.toThrow('it answers HTTP 4')
})

it('a maximum age is told from an idle time-out, since the busy connection ends too', async ({ expect, time }) => {
  const startMs = time.nowMs()
  const { findings } = await probe(order(await webBroker(3000), 6000))
  time.unlessStill(PATIENCE_MS / 2, startMs, () => {
    expect(findings.maxAge).toMatchObject({ how: 'fin', times: 2 })
    expect(findings.maxAge?.ageMs).toBeGreaterThan(2900)
  })
})
