import { describe, expect, test } from 'vitest'
import { driftOf } from '../../../src/commands/calibrate/calibration-drift.ts'
import { faultsOf, profileOf, profileText } from '../../../src/commands/calibrate/measured-profile.ts'
import type { MeasuredPeer } from '../../../src/figures/measured-peer.ts'
import type { Profile } from '../../../src/model/profile.ts'
import { readProfile } from '../../../src/scenario/profile-shelf.ts'
import { line, mosquitto, mqttjs, without } from './measured.ts'

function profile(measured: MeasuredPeer, naming = {}): Profile {
  const made = profileOf(measured, { isNameless: false, ...naming })
  if (!made) throw new Error('no profile')
  return made
}

describe('a profile of a measurement', () => {
  test('has its figures, as far as they were measured', () => {
    expect(profile(mqttjs())).toMatchObject({
      profile: 1,
      role: 'client',
      name: 'mqttjs',
      version: '5.16.0',
      measured: '2026-11-22T10:00:00.000Z',
      keepalivesS: [2, 4],
      samples: 8,
      ping: { k: 1, ms: 0.4, spreadMs: 1, withinK: 0.001, withinMs: 4 },
      afterAnswer: { k: 1.5, ms: 0.3, spreadMs: 9, withinK: 0.001, withinMs: 4 },
      serverKeepAlive: 'honoured',
      told: 'error Keepalive timeout',
      granularityMs: 0,
      spreadMs: 9,
    })
    expect(profile(without(mqttjs(), 'serverKeepAlive'))).toMatchObject({ serverKeepAlive: 'unknown' })
    expect(profile(without(mqttjs(), 'whilePublishing'))).not.toHaveProperty('whilePublishing')
  })

  test('is read as it was written', () => {
    for (const each of [profile(mqttjs()), profile(mosquitto()), profile(mqttjs(), { isNameless: true, name: 'x' })])
      expect(readProfile(profileText(each), 'x.json')).toEqual({ profile: each })
  })

  test('of a broker that looks now and then: its band is no spread, but what so many samples may have missed of it is', () => {
    const made = profile(mosquitto())
    expect(made).toMatchObject({
      role: 'broker',
      scanMs: 6000,
      granularityMs: 6600,
      granularityWithinMs: 150,
      spreadMs: 660,
    })
    expect(profile(mosquitto({ samples: 400 })).spreadMs).toBe(330)
    expect(profile(mosquitto({ spreadMs: 6700 })).spreadMs).toBe(760)
  })

  test('of any program says what evidence calls it, besides the name that it was given', () => {
    const naming = { isNameless: true, name: 'my-device', version: '1.2' }
    const command = mqttjs({ name: 'command', version: 'python3' })
    const seenAs = { name: 'command', version: 'python3' }
    expect(profile(command, naming)).toMatchObject({ name: 'my-device', version: '1.2', seenAs })
    expect(profile(command, { isNameless: true, isUnversioned: true })).toMatchObject({
      name: 'command',
      version: 'unknown',
      seenAs,
    })
    const external = mosquitto({ name: 'external' })
    expect(profile(external, { isNameless: true })).toMatchObject({ version: '2.0.11', seenAs: { name: 'external' } })
  })

  test('holds no secret that the library told', () => {
    const told = 'error connect mqtt://me:sesame@broker refused'
    expect(profileText(profile(mqttjs({ told })))).not.toContain('sesame')
  })
})

describe('no profile is made', () => {
  test.each([
    ['of too few detections', mqttjs({ samples: 5 }), 'there are 5 detections; it takes 6'],
    ['at one keep-alive', mqttjs({ keepalivesS: [2] }), 'one keep-alive gives no line: measure at two or more'],
    [
      'of detections that lie too far apart',
      mqttjs({ spreadMs: 1100 }),
      'the detections lie 1.1 s apart, and 1 s is the most for K = 2 s',
    ],
    [
      'of a peer that ends healthy connections',
      mqttjs({ falseAlarms: { runs: 12, lost: 2 } }),
      'it ended 2 of 12 connections while all was well',
    ],
    ['of a client that never gave up', without(mqttjs(), 'afterAnswer'), 'it was not seen to give up by itself'],
    ['of a client that never pinged', without(mqttjs(), 'ping'), 'it was not seen to ping twice'],
    ['of a broker that never closed', without(mosquitto(), 'afterLastPacket'), 'it was not seen to close by itself'],
  ])('%s', (_, measured, reason) => expect(faultsOf(measured)).toEqual([reason]))

  test('of a broker whose granularity is missing: that is not none', () => {
    const blurred = { ...without(mosquitto(), 'granularityMs'), spreadMs: 800 }
    expect(faultsOf(blurred)).toEqual(['how much later than that it may be was not measured'])
    expect(profileOf(blurred, { isNameless: false })).toBeUndefined()
    // Of a client there is none to measure.
    expect(profileOf(mqttjs(), { isNameless: false })).toMatchObject({ granularityMs: 0 })
  })

  test.each([
    'after the last answer: too few runs that count (1 at K = 4 s): the client stood still for 300 ms',
    'while publishing: 1.50K ±0.04 is no better known; a figure takes ±0.02K ±0.3 s',
    'Server Keep Alive: one run says so, one says no',
  ])('where the measurement doubts a figure: %s', doubt =>
    expect(faultsOf(mqttjs({ doubts: [doubt] }))).toEqual([doubt]),
  )

  test('where a figure varies by the peer itself, and what is said of a figure once is not said twice', () => {
    const varies = ['granularity: it grows with K: 1.0 s at K = 2 s, 8.0 s at K = 16 s']
    expect(faultsOf({ ...without(mosquitto({ varies }), 'granularityMs'), spreadMs: 800 })).toEqual(varies)
    const doubts = ['after the last answer: gave up in 3 of 8 runs only']
    expect(faultsOf(without(mqttjs({ doubts }), 'afterAnswer'))).toEqual(doubts)
  })
})

describe('drift', () => {
  const drift = (now: Partial<MeasuredPeer>, was: Partial<MeasuredPeer> = {}) =>
    driftOf(profile(mqttjs(was)), profile(mqttjs(now)))
  const none = { changed: [], unclear: [] }

  test('is none where the figures agree within 0.02K and 100 ms', () => {
    expect(drift({})).toEqual(none)
    // 0.04K at 4 s are 160 ms, and 80 + 100 may be.
    expect(drift({ afterAnswer: line(1.54, 0, 8) })).toEqual(none)
    expect(drift({ afterAnswer: line(1.5, 130, 8) })).toEqual(none)
  })

  test('is told with the keep-alive at which it shows', () => {
    expect(drift({ afterAnswer: line(1.6, 0, 8) })).toEqual({
      ...none,
      changed: [
        'its giving up after the last answer was 1.50K and is 1.60K: 399.7 ms apart at K = 4 s, where 180 ms may be',
      ],
    })
    expect(drift({ ping: line(0.5, 0, 1) }).changed[0]).toMatch(
      /^its ping was 1.00K and is 0\.50K: 2 s apart at K = 4 s/,
    )
  })

  test('is called only where nothing within the margins would undo it; else it is unclear, and never none', () => {
    expect(drift({ afterAnswer: line(1.55, 0, 8, 0.001) }).changed).toHaveLength(1)
    const { changed, unclear } = drift({ afterAnswer: line(1.55, 0, 8, 0.01) })
    expect(changed).toEqual([])
    expect(unclear).toEqual([
      expect.stringMatching(/apart at K = \d s, where \d+ ms may be, and both are known to \d+ ms together only$/),
    ])
    expect(drift({ afterAnswer: line(1.8, 0, 8, 0.01) }).changed).toHaveLength(1)
    const of = (granularityMs: number) =>
      driftOf(profile(mosquitto()), profile(mosquitto({ granularityMs, spreadMs: granularityMs })))
    expect(of(5900)).toEqual({ ...none, unclear: ['its granularity was 6.6 s ±0.15 s and is 5.9 s ±0.15 s'] })
  })

  test('of a file of before, which has no margins, is judged by how far its detections lie apart', () => {
    const old = profile(mqttjs({ spreadMs: 300 }))
    const before = { ...old, ping: { k: 1, ms: 0, spreadMs: 1 } } as Profile
    const now = profile(mqttjs({ ping: line(1.1, 0, 1) }))
    expect(driftOf(before, now)).toMatchObject({ changed: [], unclear: [expect.stringMatching(/^its ping was/)] })
  })

  test('shows only where both were measured: a line of six seconds says little of an hour', () => {
    const slope = { afterAnswer: line(1.51, 0, 8) }
    expect(drift(slope, { keepalivesS: [2, 3600] })).toEqual(none)
    expect(drift({ ...slope, keepalivesS: [2, 3600] }, { keepalivesS: [2, 3600] })).toEqual(none)
    const [told] = drift({ afterAnswer: line(1.6, 0, 8) }, { keepalivesS: [2, 3600] }).changed
    expect(told).toContain('apart at K = 4 s')
  })

  test('is any change to never giving up while publishing, and back', () => {
    expect(drift({ whilePublishing: 'never' }).changed).toEqual([
      'its giving up while publishing was 1.50K and is never',
    ])
    expect(drift({}, { whilePublishing: 'never' }).changed[0]).toContain('was never and is 1.50K')
    expect(drift({ whilePublishing: 'never' }, { whilePublishing: 'never' })).toEqual(none)
  })

  test('of Server Keep Alive is a change of what is known only', () => {
    expect(drift({ serverKeepAlive: 'ignored' }).changed).toEqual(['Server Keep Alive was honoured and is ignored'])
    expect(drift({ serverKeepAlive: 'unknown' })).toEqual(none)
  })

  test('of a broker is one of its line or of its granularity', () => {
    const of = (now: Partial<MeasuredPeer>) => driftOf(profile(mosquitto()), profile(mosquitto(now)))
    expect(of({})).toEqual(none)
    expect(of({ granularityMs: 1100, spreadMs: 1100, scanMs: 1000 }).changed).toEqual([
      'its granularity was 6.6 s ±0.15 s and is 1.1 s ±0.15 s',
    ])
    expect(of({ afterLastPacket: line(2.5, 0, 6600) }).changed[0]).toContain('its close after the last packet was')
  })
})
