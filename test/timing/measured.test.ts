import { describe, expect, test } from 'vitest'
import type { Profile } from '../../src/model/profile.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { windowsFor } from '../../src/timing/windows.ts'
import { header, publishing, type Setting } from '../evidence/builder.ts'
import { device, gateway } from './profiles.ts'

/** What every measured figure is allowed beyond itself. */
const ALLOWANCE = 250

interface Given {
  readonly client?: Scenario['client']['profile']
  readonly broker?: Scenario['broker']['profile']
  readonly forAll?: readonly Profile[]
}

function windows(setting: Setting, { client, broker, forAll }: Given) {
  const plain = header({ client: { name: 'my-device', version: '1.2' }, ...setting })
  const { scenario } = plain
  return windowsFor(
    {
      ...plain,
      scenario: {
        ...scenario,
        client: { ...scenario.client, ...(client && { profile: client }) },
        broker: { ...scenario.broker, ...(broker && { profile: broker }) },
        ...(forAll && { profiles: forAll }),
      },
    },
    (setting.keepaliveS ?? 2) * 1000,
  )
}

const bounds = (window: { earliestMs: number; latestMs: number } | undefined) =>
  window && [Math.round(window.earliestMs), Math.round(window.latestMs)]

describe('a client with a profile', () => {
  test('gives up one ping interval after its figure at most before it, the spread and the allowance on both sides', () => {
    const { clientGivesUp } = windows({ keepaliveS: 4 }, { client: device() })
    expect(bounds(clientGivesUp)).toEqual([1000 + 200 - 30 - ALLOWANCE, 5000 + 200 + 30 + ALLOWANCE])
    expect(clientGivesUp).toMatchObject({
      origin: 'profile',
      source: '0.25K - 80 ms to 1.25K + 480 ms, my-device 1.2 profile, measured 2026-11-22, spread 30 ms',
    })
  })

  test('may be later by its granularity, and by the round trip both ways', () => {
    const { clientGivesUp } = windows({ keepaliveS: 4, latencyMs: 20 }, { client: device({ granularityMs: 700 }) })
    expect(bounds(clientGivesUp)).toEqual([1200 - 70 - ALLOWANCE, 5200 + 700 + 70 + ALLOWANCE])
  })

  test('while it publishes is held to what it does while it publishes', () => {
    const client = device({ whilePublishing: { k: 2, ms: 0, spreadMs: 30 } })
    expect(bounds(windows({ keepaliveS: 4, traffic: publishing(0) }, { client }).clientGivesUp)).toEqual([
      4000 - 30 - ALLOWANCE,
      8000 + 30 + ALLOWANCE,
    ])
    expect(bounds(windows({ keepaliveS: 4 }, { client }).clientGivesUp)).toEqual([920, 5480])
  })

  test('that never gives up while it publishes is not excused by its profile', () => {
    const client = device({ whilePublishing: 'never' })
    expect(bounds(windows({ keepaliveS: 4, traffic: publishing(0) }, { client }).clientGivesUp)).toEqual([920, 5480])
  })

  test('wins over the table of known ones', () => {
    const client = { name: 'mqttjs', version: '5.16.0' }
    const profile = device({ ...client, afterAnswer: { k: 1.4, ms: 0, spreadMs: 10 }, spreadMs: 10 })
    expect(windows({ keepaliveS: 4, client }, { client: profile }).clientGivesUp).toMatchObject({
      latestMs: 5600 + 10 + ALLOWANCE,
      source: expect.stringContaining('mqttjs 5.16.0 profile, measured 2026-11-22'),
    })
  })

  test('has a wider spread beyond the keep-alives that were tried, and the window says so', () => {
    // Measured at 2 to 6 s: 54 s beyond them are 13.5 times that span.
    const window = windows({ keepaliveS: 60 }, { client: device() }).clientGivesUp
    expect(window?.latestMs).toBeCloseTo(1.25 * 60_000 + 200 + 30 * 14.5 + ALLOWANCE)
    expect(window?.source).toContain('measured 2026-11-22, spread 30 ms, at K = 2 to 6 s only')
  })

  test.each([
    ['another version', { name: 'my-device', version: '1.3' }, 'this is my-device 1.3, not the my-device 1.2'],
    ['somebody else', { name: 'mqttjs', version: '5.16.0' }, 'this is mqttjs 5.16.0, not the my-device 1.2'],
  ])('warns where it is %s that was measured', (_, client, warning) => {
    const { clientGivesUp } = windows({ client }, { client: device() })
    expect(clientGivesUp?.source).toContain(`${warning} that was measured`)
  })

  test('that is any program is known again by what evidence calls it', () => {
    const seenAs = { name: 'command', version: 'python3' }
    const source = (client: Setting['client']) =>
      windows({ ...(client && { client }) }, { client: device({ seenAs }) }).clientGivesUp?.source
    expect(source(seenAs)).not.toContain('that was measured')
    expect(source({ name: 'command', version: 'node' })).toContain('this is command node, not the command python3')
  })
})

describe('a broker with a profile', () => {
  test('that is any URL is known again by it, also where it says what it is', () => {
    const seenAs = { name: 'external', version: '2.0.11' }
    const plain = header({ broker: { name: 'external', version: '2.0.11' } })
    const broker = { ...plain.scenario.broker, profile: gateway({ seenAs }) }
    const source = (version: string) =>
      windowsFor({ ...plain, broker: { name: 'mosquitto', version }, scenario: { ...plain.scenario, broker } }, 2000)
        .brokerDrops?.source
    expect(source('2.0.11')).not.toContain('that was measured')
    expect(source('2.1.0')).toContain('this is mosquitto 2.1.0, not the external 2.0.11 that was measured')
  })

  test('closes between its line and its granularity later', () => {
    const { brokerDrops } = windows({ keepaliveS: 4 }, { broker: gateway() })
    // 1.6K is 6.4 s, and the specification begins at 5 s.
    expect(bounds(brokerDrops)).toEqual([6400 - 30 - ALLOWANCE, 6400 + 500 + 30 + ALLOWANCE])
    expect(brokerDrops).toMatchObject({
      origin: 'profile',
      source: expect.stringMatching(/\[MQTT-3\.1\.2-24\] \+ my-broker 1\.2 profile, measured 2026-11-22, spread 30 ms/),
    })
  })

  test('that was seen to close sooner than the specification allows fails all the same', () => {
    const broker = gateway({ afterLastPacket: { k: 1, ms: 0, spreadMs: 30 } })
    const { brokerDrops } = windows({ keepaliveS: 4 }, { broker })
    expect(bounds(brokerDrops)).toEqual([5000, 7000])
    expect(brokerDrops?.source).toContain('it was seen to close sooner than the specification allows')
  })

  test('whose line lies just below the edge of the specification keeps its own latest', () => {
    const broker = gateway({ afterLastPacket: { k: 1.25, ms: 0, spreadMs: 30 }, granularityMs: 3000 })
    const { brokerDrops } = windows({ keepaliveS: 4 }, { broker })
    expect(bounds(brokerDrops)).toEqual([5000, 5000 + 3000 + 30 + ALLOWANCE])
    expect(brokerDrops?.source).not.toContain('sooner')
  })
})

describe('profiles for all', () => {
  const mqttjs = (version: string) => device({ name: 'mqttjs', version })
  const used = (version: string, ...forAll: Profile[]) =>
    windows({ client: { name: 'mqttjs', version } }, { forAll }).clientGivesUp?.source ?? ''

  test('speak of the same name, and of versions that keep the same rule', () => {
    expect(used('5.16.0', mqttjs('5.16.0'))).toContain('measured 2026-11-22')
    expect(used('5.14.1', mqttjs('5.16.0'))).toContain('this is mqttjs 5.14.1, not the mqttjs 5.16.0')
    expect(used('4.3.8', mqttjs('5.16.0'))).not.toContain('measured')
    expect(used('5.16.0', device())).not.toContain('measured')
  })

  test('of an unknown peer speak of its own series only', () => {
    const source = (version: string) =>
      windows({ client: { name: 'my-device', version } }, { forAll: [device()] }).clientGivesUp?.source
    expect(source('1.2.9')).toContain('my-device 1.2 profile')
    expect(source('1.3')).toContain('unknown client')
  })

  test('leave the choice of the scenario alone, and the nearest version wins among themselves', () => {
    const own = device({ name: 'mqttjs', version: '5.16.0', spreadMs: 7 })
    const both = windows({ client: { name: 'mqttjs', version: '5.16.0' } }, { client: own, forAll: [mqttjs('5.16.0')] })
    expect(both.clientGivesUp?.source).toContain('spread 7 ms')
    expect(used('5.16.0', mqttjs('5.14.1'), mqttjs('5.16.0'))).not.toContain('not the mqttjs')
  })

  test('do not speak of a client under whose name anybody may be', () => {
    const seenAs = { name: 'command', version: 'python3' }
    const { clientGivesUp } = windows({ client: seenAs }, { forAll: [device({ seenAs })] })
    expect(clientGivesUp?.source).toContain('unknown client')
  })
})

describe('a model that is made of a profile is not judged by it:', () => {
  /** As evidence shows it: the scenario's name is `measured`, the peer's is the profile's. */
  const self = (setting: Setting, profile: Profile) => {
    const plain = header({ broker: { name: 'aedes', version: '1.2.0' }, ...setting })
    const { scenario } = plain
    const measured = { name: 'measured', profile }
    return windowsFor(
      {
        ...plain,
        [profile.role]: { name: profile.name, version: profile.version, model: true },
        scenario: { ...scenario, [profile.role]: { ...scenario[profile.role], ...measured }, profiles: [profile] },
      },
      2000,
    )
  }

  test('the client has the window of an unknown one', () =>
    expect(self({}, device()).clientGivesUp).toEqual({
      earliestMs: 0,
      latestMs: 5000,
      origin: 'spec',
      source:
        '2K + 1 s, unknown client; MQTT 3.1.1 §3.1.2.10 gives no number; a model is not judged by the profile that it is made of',
    }))

  test('or of the table, whose figures come from the source of the library', () =>
    expect(self({}, device({ name: 'mqttjs', version: '5.16.0' })).clientGivesUp).toMatchObject({
      earliestMs: 1000 - ALLOWANCE,
      latestMs: 3000 + ALLOWANCE,
      source: expect.stringMatching(/mqttjs 5\.16\.0 profile; a model is not judged by the profile/),
    }))

  test('the broker has the window of the specification', () =>
    expect(self({}, gateway()).brokerDrops).toMatchObject({
      earliestMs: 2000,
      latestMs: 4000,
      origin: 'spec',
      source: expect.stringContaining('a model is not judged by the profile'),
    }))
})
