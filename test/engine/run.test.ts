import { describe, expect } from 'vitest'
import { local } from '../../src/labs/local.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { mosquitto } from '../../src/peers/brokers/mosquitto.ts'
import { it, type Time } from '../doubt/test.ts'
import { dateOf, ends, packets, peers, playLocally, said, scenarioOf, step } from './scenarios.ts'

/** So long from one date to the other; what is wrong is wrong by half a second and more. */
const about = (time: Time, evidence: Evidence, [fromMs, toMs]: readonly [number, number], expectedMs: number) =>
  time.saw(
    `what takes ${expectedMs} ms`,
    { evidence, fromMs, toMs },
    { earliestMs: expectedMs - 10, latestMs: expectedMs + 200, spareMs: 150 },
  )

const last = (dates: readonly number[]) => dates.at(-1) ?? Number.NaN
const withMosquitto = it.skipIf((await mosquitto.available({})) !== true)

describe.concurrent('a run on real sockets', () => {
  it('dates both detections of a half-open path, and neither end tips off the other', async ({ time }) => {
    const evidence = await playLocally(scenarioOf({ timeline: [step('3s', 'blackhole')], until: '8s' }))
    const heldMs = dateOf(evidence, 'harness', 'fault-held')
    const lastUp = packets(evidence, 'broker', 'pingreq').filter(atMs => atMs < heldMs)
    const lastResponse = last(packets(evidence, 'client', 'pingresp'))

    // Aedes: 1.5 K + 1 ms after the last packet that it received; MQTT.js: 1.5 K after the last PINGRESP.
    about(time, evidence, [last(lastUp), dateOf(evidence, 'broker', 'keepalive-timeout')], 3000)
    const gaveUpMs = ends(evidence, 'client', 'client')[0] ?? Number.NaN
    about(time, evidence, [lastResponse, gaveUpMs], 3000)
    expect(said(evidence, 'client', 'error').map(event => 'note' in event && event.note)).toContain('Keepalive timeout')

    expect(ends(evidence, 'broker', 'client')).toEqual([])
    expect(ends(evidence, 'client', 'broker')).toEqual([])
    expect(dateOf(evidence, 'witness', 'will')).toBeGreaterThan(dateOf(evidence, 'broker', 'keepalive-timeout'))
    expect(said(evidence, 'harness', 'fault-touched')).toHaveLength(1)
    about(time, evidence, [0, dateOf(evidence, 'harness', 'ended')], 8000)
  })

  it('lets no FIN of the client reach a broker that is to find out by itself, much later', async ({ time }) => {
    // Publishing QoS 0, the broker hears of the client until the very end; the client's last answer is 2 s older.
    const evidence = await playLocally(
      scenarioOf({
        client: { traffic: { publishing: { qos: 0, every: { ms: 300, k: 0 } } } },
        timeline: [step('3800ms', 'blackhole')],
        until: '8s',
      }),
    )
    const gaveUpMs = ends(evidence, 'client', 'client')[0] ?? Number.NaN
    const droppedMs = dateOf(evidence, 'broker', 'keepalive-timeout')
    about(time, evidence, [last(packets(evidence, 'client', 'pingresp')), gaveUpMs], 3000)
    about(time, evidence, [last(packets(evidence, 'broker', 'publish')), droppedMs], 3000)
    expect(droppedMs - gaveUpMs).toBeGreaterThan(1000)
    expect(ends(evidence, 'broker', 'client')).toEqual([])
  })

  it('lets no FIN of the broker reach a client that is to find out by itself, later', async ({ time }) => {
    const evidence = await playLocally(
      scenarioOf({ client: { options: { module: 'mqtt4' } }, timeline: [step('3s', 'blackhole')], until: '8s' }),
    )
    const gaveUpMs = ends(evidence, 'client', 'client')[0] ?? Number.NaN
    about(time, evidence, [last(packets(evidence, 'client', 'pingresp')), gaveUpMs], 4000)
    expect(gaveUpMs - dateOf(evidence, 'broker', 'keepalive-timeout')).toBeGreaterThan(800)
    expect(ends(evidence, 'client', 'broker')).toEqual([])
  })

  it('begins at the CONNACK, and tells versions, lab and link', async () => {
    const { header, events } = await playLocally(scenarioOf({ until: '100ms' }))
    const connack = events.find(event => event.what === 'packet' && event.edge === 'client' && event.flow === 'down')
    expect(connack?.atMs).toBe(0)
    expect(header).toMatchObject({
      lab: 'local',
      link: 'embedded',
      broker: { name: 'aedes' },
      client: { version: '5.16.0' },
    })
    expect(events.map(({ atMs }) => atMs)).toEqual(events.map(({ atMs }) => atMs).sort((one, other) => one - other))
  })

  it('carries messages both ways, numbered from 1, and tells their acknowledgement', async () => {
    const stream = { qos: 1 as const, every: { ms: 100, k: 0 } }
    const evidence = await playLocally(
      scenarioOf({ client: { traffic: { publishing: stream, receiving: stream } }, until: '3s' }),
    )
    const seqs = (who: 'client' | 'witness', what: 'published' | 'acknowledged' | 'received', flow: string) =>
      said(evidence, who, what).flatMap(event =>
        'flow' in event && event.flow === flow && 'seq' in event ? [event.seq] : [],
      )
    for (const [from, to, flow] of [
      ['client', 'witness', 'up'],
      ['witness', 'client', 'down'],
    ] as const) {
      expect(seqs(from, 'published', flow).slice(0, 5)).toEqual([1, 2, 3, 4, 5])
      expect(seqs(from, 'acknowledged', flow).slice(0, 5)).toEqual([1, 2, 3, 4, 5])
      expect(seqs(to, 'received', flow).slice(0, 5)).toEqual([1, 2, 3, 4, 5])
    }
  })

  it('tells the clients of a fleet apart, at every edge and peer', async () => {
    const evidence = await playLocally(scenarioOf({ client: { count: 60, keepaliveS: 1 }, until: '2s' }))
    const all = Array.from({ length: 60 }, (_, index) => index + 1)
    for (const [who, what] of [
      ['client', 'connected'],
      ['broker', 'client-connected'],
    ] as const) {
      expect(
        said(evidence, who, what)
          .map(({ device }) => device)
          .sort((one, other) => (one ?? 0) - (other ?? 0)),
      ).toEqual(all)
    }
    expect(evidence.events.filter(event => event.who === 'link' && event.device === undefined)).toEqual([])
  })

  it('shares one broker among runs, and keeps their evidence apart', async ({ time }) => {
    const lab = local.create(peers)
    const scenario = scenarioOf({ client: { name: 'silent', keepaliveS: 1 }, until: '2s' })
    const runs = await Promise.all(Array.from({ length: 10 }, () => playLocally(scenario, lab)))
    await lab[Symbol.asyncDispose]()
    for (const run of runs) {
      expect(said(run, 'broker', 'client-connected')).toHaveLength(1)
      expect(said(run, 'witness', 'will')).toHaveLength(1)
      // Not from time 0: a busy machine dates the CONNACK late, and the broker's clock starts before it.
      about(time, run, [last(packets(run, 'broker', 'connect')), dateOf(run, 'broker', 'keepalive-timeout')], 1500)
    }
  })

  it('ends early when it is interrupted, and says so', async () => {
    const abort = new AbortController()
    const playing = playLocally(scenarioOf({ until: '1h' }), undefined, abort.signal)
    setTimeout(() => abort.abort(), 300)
    const evidence = await playing
    expect(said(evidence, 'harness', 'trouble')).toMatchObject([{ note: 'the run was interrupted' }])
    expect(evidence.events.at(-1)?.what).toBe('ended')
  })

  it('says no more than that when it is interrupted before it began', async () => {
    const evidence = await playLocally(scenarioOf({ until: '1h' }), undefined, AbortSignal.abort())
    expect(said(evidence, 'harness', 'trouble')).toMatchObject([{ note: 'the run was interrupted' }])
  })

  it('is in trouble, and over, when the broker refuses the client', async () => {
    const broker = { name: 'aedes', options: { keepaliveLimit: 10 } }
    const evidence = await playLocally(scenarioOf({ broker, client: { keepaliveS: 20 }, until: '1h' }))
    expect(said(evidence, 'harness', 'trouble')).toMatchObject([{ note: expect.stringContaining('CONNACK 6') }])
  })

  it('is in trouble where a peer is not there, and still gives evidence', async () => {
    const client = { options: { module: 'no-such-mqtt' } }
    const evidence = await playLocally(scenarioOf({ client, until: '1h' }))
    expect(said(evidence, 'harness', 'trouble')).toMatchObject([{ note: expect.stringContaining('no-such-mqtt') }])
    expect(evidence.header.broker.name).toBe('aedes')
  })
})

describe.concurrent('a run with mosquitto', () => {
  withMosquitto('is timed out within its window, and its will goes out', async ({ time }) => {
    const evidence = await playLocally(
      scenarioOf({ broker: { name: 'mosquitto', options: {} }, timeline: [step('1s', 'blackhole')], until: '12s' }),
    )
    // K = 2, last packet: CONNECT. 2.0.0 to 2.0.20 look every 6 s: 3 s to 10 s; later ones every second.
    const droppedMs = dateOf(evidence, 'broker', 'keepalive-timeout')
    const connectMs = last(packets(evidence, 'broker', 'connect'))
    time.saw('its end', { evidence, fromMs: connectMs, toMs: droppedMs }, { earliestMs: 3000, latestMs: 10_000 })
    // The log line, the FIN and the will come by three ways, in any order.
    const closedMs = dateOf(evidence, 'broker', 'client-closed')
    for (const atMs of [dateOf(evidence, 'witness', 'will'), ends(evidence, 'broker', 'broker')[0] ?? Number.NaN]) {
      const [fromMs, toMs] = [Math.min(atMs, closedMs), Math.max(atMs, closedMs)]
      time.saw('one of its three words', { evidence, fromMs, toMs }, { latestMs: 200, spareMs: 150 })
    }
  })

  withMosquitto('counts in the keep-alive that the broker imposes (MQTT 5.0 §3.2.2.3.14)', async ({ time }) => {
    const evidence = await playLocally(
      scenarioOf({
        // mosquitto takes no less.
        broker: { name: 'mosquitto', options: { max_keepalive: 10 } },
        client: { keepaliveS: 60, protocol: 5 },
        until: '0.2K',
      }),
    )
    about(time, evidence, [0, dateOf(evidence, 'harness', 'ended')], 2000)
  })

  withMosquitto('freezes and restarts its own broker, and the witness comes back', async () => {
    const lab = local.create(peers)
    const broker = { name: 'mosquitto', options: {} }
    const harmed = scenarioOf({
      broker,
      client: { traffic: { publishing: { qos: 1, every: { ms: 200, k: 0 } } } },
      timeline: [step('500ms', 'kill', { peer: 'broker' }, '500ms')],
      until: '4s',
    })
    const [restarted, calm] = await Promise.all([
      playLocally(harmed, lab),
      playLocally(scenarioOf({ broker, until: '4s' }), lab),
    ])
    await lab[Symbol.asyncDispose]()
    expect(said(restarted, 'harness', 'trouble')).toEqual([])
    const backMs = dateOf(restarted, 'broker', 'restarted')
    expect(backMs).toBeGreaterThan(dateOf(restarted, 'broker', 'killed'))
    expect(said(restarted, 'client', 'connected')).toHaveLength(2)
    expect(said(restarted, 'witness', 'received').filter(({ atMs }) => atMs > backMs).length).toBeGreaterThan(3)
    expect(said(calm, 'client', 'closed')).toEqual([])
  })
})
