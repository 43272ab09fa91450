import { describe, expect, test } from 'vitest'
import { driftOf } from '../../src/cli/calibrate/drift.ts'
import { profileOf, profileText } from '../../src/cli/calibrate/profile.ts'
import { faultsOf } from '../../src/cli/calibrate/quality.ts'
import type { Profile } from '../../src/model/profile.ts'
import type { MeasuredPeer } from '../../src/ratio/measured.ts'
import { readProfile } from '../../src/scenario/profile.ts'
import { mosquitto, mqttjs, without } from './measured.ts'

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
      ping: { k: 1, ms: 0.4, spreadMs: 1 },
      afterAnswer: { k: 1.5, ms: 0.3, spreadMs: 9 },
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
    expect(made).toMatchObject({ role: 'broker', scanMs: 6000, granularityMs: 6600, spreadMs: 660 })
    expect(profile(mosquitto({ samples: 400 })).spreadMs).toBe(330)
    expect(profile(mosquitto({ spreadMs: 6700 })).spreadMs).toBe(760)
  })

  test('of any program says what evidence calls it, besides the name that it was given', () => {
    const naming = { isNameless: true, name: 'my-device', version: '1.2' }
    const command = mqttjs({ name: 'command', version: 'python3' })
    const seenAs = { name: 'command', version: 'python3' }
    expect(profile(command, naming)).toMatchObject({ name: 'my-device', version: '1.2', seenAs })
    expect(profile(command, { isNameless: true })).toMatchObject({ name: 'command', version: 'unknown', seenAs })
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

  test('and what the measurement doubts is said then, but does not matter otherwise', () => {
    const doubts = ['granularity: at least 5.9 s, but 8 samples may miss 1.7 s of it']
    const blurred = without(mosquitto({ doubts }), 'granularityMs')
    expect(faultsOf(blurred)).toEqual(['the detections lie 6.6 s apart, and 1 s is the most for K = 2 s', ...doubts])
    expect(faultsOf(mqttjs({ doubts }))).toEqual([])
  })
})

describe('drift', () => {
  const drift = (now: Partial<MeasuredPeer>, was: Partial<MeasuredPeer> = {}) =>
    driftOf(profile(mqttjs(was)), profile(mqttjs(now)))

  test('is none where the figures agree within their spreads, 0.02K and 100 ms', () => {
    expect(drift({})).toEqual([])
    // 0.04K at 4 s are 160 ms, and 80 + 100 + 9 + 9 may be.
    expect(drift({ afterAnswer: { k: 1.54, ms: 0, spreadMs: 8 } })).toEqual([])
    expect(drift({ afterAnswer: { k: 1.5, ms: 130, spreadMs: 8 } })).toEqual([])
  })

  test('is told with the keep-alive at which it shows', () => {
    expect(drift({ afterAnswer: { k: 1.6, ms: 0, spreadMs: 8 } })).toEqual([
      'its giving up after the last answer was 1.5K and is 1.6K: 399.7 ms apart at K = 4 s, where 198 ms may be',
    ])
    expect(drift({ ping: { k: 0.5, ms: 0, spreadMs: 1 } })[0]).toMatch(
      /^its ping was 1K and is 0\.5K: 2 s apart at K = 4 s/,
    )
  })

  test('shows only where both were measured: a line of six seconds says little of an hour', () => {
    const slope = { afterAnswer: { k: 1.51, ms: 0, spreadMs: 8 } }
    expect(drift(slope, { keepalivesS: [2, 3600] })).toEqual([])
    expect(drift({ ...slope, keepalivesS: [2, 3600] }, { keepalivesS: [2, 3600] })).toEqual([])
    const [told] = drift({ afterAnswer: { k: 1.6, ms: 0, spreadMs: 8 } }, { keepalivesS: [2, 3600] })
    expect(told).toContain('apart at K = 4 s')
  })

  test('is any change to never giving up while publishing, and back', () => {
    expect(drift({ whilePublishing: 'never' })).toEqual(['its giving up while publishing was 1.5K + 1 ms and is never'])
    expect(drift({}, { whilePublishing: 'never' })[0]).toContain('was never and is 1.5K + 1 ms')
    expect(drift({ whilePublishing: 'never' }, { whilePublishing: 'never' })).toEqual([])
  })

  test('of Server Keep Alive is a change of what is known only', () => {
    expect(drift({ serverKeepAlive: 'ignored' })).toEqual(['Server Keep Alive was honoured and is ignored'])
    expect(drift({ serverKeepAlive: 'unknown' })).toEqual([])
  })

  test('of a broker is one of its line or of its granularity', () => {
    const of = (now: Partial<MeasuredPeer>) => driftOf(profile(mosquitto()), profile(mosquitto(now)))
    expect(of({})).toEqual([])
    expect(of({ granularityMs: 1100, spreadMs: 1100, scanMs: 1000 })).toEqual([
      'its granularity was 6.6 s and is 1.1 s',
    ])
    expect(of({ afterLastPacket: { k: 2.5, ms: 0, spreadMs: 6600 } })[0]).toContain(
      'its close after the last packet was',
    )
  })
})
