import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import { it } from '../../doubt/test.ts'
import { PATIENCE_MS, webBroker } from './path.ts'

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
