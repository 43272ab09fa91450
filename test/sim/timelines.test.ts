/**
 * The reference timelines: real MQTT.js 5.16 and Aedes 1.2, 20 ms one way, in milliseconds since the client dialled. They
 * were found by an independent proof of concept with a link of its own, so they hold this one to account. A new version
 * of a library may change them for good reason; then `vitest -u`, and read the difference.
 */
import { expect, test } from 'vitest'
import type { Event } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { played, type Sketch, type Trouble } from './play.ts'
import { timeline, timesOf } from './timeline.ts'

/** Dialling to CONNACK: two round trips of 40 ms. Faults in scenarios count from CONNACK. */
const CONNACK_MS = 80
const HOUR_MS = 3_600_000

const blackhole = (fromMs: number, toMs?: number, direction = 'both'): Trouble => ({
  atMs: fromMs - CONNACK_MS,
  ...(toMs === undefined ? {} : { forMs: toMs - fromMs }),
  fault: 'blackhole',
  options: { direction },
})
const idleCut = (options: Readonly<Record<string, unknown>>): Trouble => ({ atMs: 0, fault: 'idle-cut', options })

const play = (sketch: Sketch): Promise<Evidence> => played({ ...sketch, untilMs: sketch.untilMs - CONNACK_MS })
const times = (evidence: Evidence, wanted: (event: Event) => boolean) => timesOf(evidence, wanted, CONNACK_MS)
/** What repeats for an hour is kept for its first minutes; the counts say the rest. */
const golden = ({ header, events }: Evidence, name: string, untilMs = Infinity) =>
  expect(timeline({ header, events: events.filter(({ atMs }) => atMs < untilMs) }, CONNACK_MS)).toMatchFileSnapshot(
    `../golden/sim/${name}.txt`,
  )

const pingAtBroker = (event: Event) =>
  event.what === 'packet' && event.packet.cmd === 'pingreq' && event.edge === 'broker'
const brokerTimeout = (event: Event) => event.what === 'keepalive-timeout'
const clientFin = (event: Event) => event.what === 'fin' && event.edge === 'client' && event.from === 'client'
const will = (event: Event) => event.what === 'will'
const reconnecting = (event: Event) => event.what === 'reconnecting'
const connected = (event: Event) => event.who === 'client' && event.what === 'connected'

test('1: healthy at K = 60, a ping every K + RTT and nobody dead', async () => {
  const evidence = await play({ keepaliveS: 60, untilMs: 600_000 })
  expect(times(evidence, pingAtBroker).slice(0, 3)).toEqual([60_100, 120_140, 180_180])
  expect(times(evidence, reconnecting)).toEqual([])
  await golden(evidence, '1-healthy')
})

test('2: K = 60, a blackhole at 100 s: broker at 150,101 and client at 150,120', async () => {
  const evidence = await play({ keepaliveS: 60, untilMs: 300_000, troubles: [blackhole(100_000)] })
  expect(times(evidence, brokerTimeout)).toEqual([150_101])
  expect(times(evidence, will)).toEqual([150_101])
  expect(times(evidence, clientFin)[0]).toBe(150_120)
  await golden(evidence, '2-blackhole-both')
})

test('2b: broker to client only: the client notices, and its FIN brings the will out', async () => {
  const evidence = await play({ keepaliveS: 60, untilMs: 300_000, troubles: [blackhole(100_000, undefined, 'down')] })
  expect(times(evidence, brokerTimeout)).toEqual([])
  expect(times(evidence, clientFin)[0]).toBe(150_120)
  expect(times(evidence, will)).toEqual([150_140])
  await golden(evidence, '2b-blackhole-down')
})

test('3a: K = 300, cut 100 to 460 s: both notice, and the SYN retry at 15 s brings the client back', async () => {
  const evidence = await play({ keepaliveS: 300, untilMs: 900_000, troubles: [blackhole(100_000, 460_000)] })
  expect(times(evidence, brokerTimeout)).toEqual([450_061])
  expect(times(evidence, clientFin)[0]).toBe(450_080)
  expect(times(evidence, connected)).toEqual([CONNACK_MS, 466_160])
  await golden(evidence, '3a-six-minutes-noticed')
})

test('3b: K = 300, cut 310 to 670 s: nobody notices, the ping is sent again until it gets through', async () => {
  const evidence = await play({ keepaliveS: 300, untilMs: 1_000_000, troubles: [blackhole(310_000, 670_000)] })
  expect(times(evidence, brokerTimeout)).toEqual([])
  expect(times(evidence, reconnecting)).toEqual([])
  // Sent again by the client at 727,096, 20 ms before it arrives.
  expect(times(evidence, pingAtBroker)).toEqual([300_100, 727_116])
  await golden(evidence, '3b-six-minutes-unnoticed')
})

test('4: a silent idle-cut at 45 s: 39 reconnects an hour at K = 60, none at K = 30', async () => {
  const cut = { untilMs: HOUR_MS, troubles: [idleCut({ after: '45s' })] }
  const sixty = await play({ ...cut, keepaliveS: 60 })
  const thirty = await play({ ...cut, keepaliveS: 30 })
  expect([times(sixty, reconnecting).length, times(thirty, reconnecting).length]).toEqual([39, 0])
  await golden(sixty, '4-idle-cut-silent', 200_000)
})

test('5: with an RST to both at expiry 78 an hour; with one on the next packet 58, and the old will only at takeover', async () => {
  const hour = { keepaliveS: 60, untilMs: HOUR_MS }
  const atExpiry = await play({ ...hour, troubles: [idleCut({ after: '45s', on_expiry: 'rst-both' })] })
  const onNext = await play({ ...hour, troubles: [idleCut({ after: '45s', on_next: 'rst-sender' })] })
  expect([times(atExpiry, reconnecting).length, times(onNext, reconnecting).length]).toEqual([78, 58])
  const secondConnect = times(
    onNext,
    event => event.what === 'packet' && event.packet.cmd === 'connect' && event.edge === 'broker' && event.conn === 2,
  )
  expect(times(onNext, will)[0]).toBe(secondConnect[0])
  await golden(atExpiry, '5-idle-cut-rst-at-expiry', 200_000)
  await golden(onNext, '5-idle-cut-rst-on-next', 200_000)
})

test('6: over K and idle time-outs, detected exactly when K >= the idle time-out', async () => {
  const wrong: string[] = []
  for (const keepaliveS of [1, 2, 7, 19, 20, 45, 60, 119, 120]) {
    for (const idleS of [1, 2, 6, 7, 8, 19, 20, 21, 44, 45, 46, 60, 61, 120]) {
      const evidence = await play({ keepaliveS, untilMs: 600_000, troubles: [idleCut({ after: `${idleS}s` })] })
      if (times(evidence, reconnecting).length > 0 !== keepaliveS >= idleS) wrong.push(`K ${keepaliveS} idle ${idleS}`)
    }
  }
  expect(wrong).toEqual([])
})
