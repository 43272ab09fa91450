import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Case } from '../../../src/commands/repro/repro-case.ts'
import { everyMs, everyPingMs } from '../../../src/commands/repro/repro-case.ts'
import { fixText, isFixed, playableSafeS, scenarioText } from '../../../src/commands/repro/repro-scenario.ts'
import { play, scenarioOf } from '../../../src/commands/repro/run.ts'
import { storyOf } from '../../../src/commands/repro/story.ts'
import { storyText } from '../../../src/commands/repro/story-text.ts'
import { caseOf } from './cases.ts'

const GOLDEN = `${import.meta.dirname}/../../golden/repro`

/** T and K in seconds. */
function at(idleS: number, keepaliveS: number): Pick<Case, 'box' | 'ownAfter' | 'keepaliveS'> {
  return { box: { ...caseOf('azure-lb', 1).box, afterMs: idleS * 1000 }, ownAfter: true, keepaliveS }
}

const CASES: Readonly<Record<string, Case>> = {
  silent: caseOf('azure-lb', 1.25),
  'silent-client-speaks': caseOf('azure-lb', 1.25, { publish: 'client', client: 'libmosquitto' }),
  'rst-to-the-sender': caseOf('aws-nlb', 1.15, { broker: 'mosquitto' }),
  'rst-to-the-sender-idle': caseOf('aws-nlb', 1.15, { publish: 'none' }),
  ghost: caseOf('aws-natgw', 1.15, { broker: 'mosquitto' }),
  'rst-to-both': caseOf('f5-fastl4', 1.5),
  'fin-to-both-scaled': { ...caseOf('nginx-stream', 1), keepaliveS: 700, scale: 100 },
  'healed-by-outbound': caseOf('gcp-vpc', 1.5, { client: 'libmosquitto' }),
  'healed-unseen': caseOf('gcp-vpc', 1.5, { publish: 'none' }),
  'router-answers': caseOf('linux-masquerade', 1.2),
  tight: caseOf('aws-nlb', 0.9),
  safe: caseOf('aws-nlb', 0.3),
  'own-ping-rule': { ...caseOf('azure-lb', 1, { client: 'esp-mqtt', publish: 'none' }), ...at(150, 200) },
  'own-ping-rule-cut': { ...caseOf('azure-lb', 1, { client: 'esp-mqtt' }), ...at(150, 400) },
  imposed: { ...caseOf('azure-lb', 1.25, { broker: 'mosquitto', protocol: 5, brokerMaxS: 60 }) },
}

/** A model plays the version that the machine has: here it has none. */
beforeAll(() => {
  vi.stubEnv('HALFOPEN_MOSQUITTO', '/nowhere/mosquitto')
  vi.stubEnv('HALFOPEN_PEERS', '/nowhere')
})
afterAll(() => void vi.unstubAllEnvs())

describe('the story', () => {
  it.each(Object.entries(CASES))('%s', async (name, given) => {
    const { evidence, idle } = await play(given, 'simulated', {})
    const text = storyText(storyOf(evidence, idle, given))
    await expect(`${text}\n${scenarioText(given)}`).toMatchFileSnapshot(`${GOLDEN}/${name}.txt`)
  })
})

describe('a fix', () => {
  const tell = async (given: Case) => {
    const { evidence, idle } = await play(given, 'simulated', {})
    return storyOf(evidence, idle, given)
  }

  it('is held against what was before, and one that does not help is no fix', async () => {
    const given = caseOf('aws-nlb', 400 / 350)
    const [before, fixed, worse] = await Promise.all(
      [given, { ...given, keepaliveS: 233 }, { ...given, keepaliveS: 360 }].map(tell),
    )
    if (!before || !fixed || !worse) throw new Error('nothing was played')
    expect(fixText(before, fixed)).toMatch(/middlebox forgot the flow +\w+.*never\n/)
    expect(fixText(before, fixed)).toContain('Fixed: with a keep-alive of 233 s')
    expect([isFixed(before), isFixed(fixed), isFixed(worse)]).toEqual([false, true, false])
    expect(fixText(before, worse)).toContain('Not fixed: with a keep-alive of 360 s it still happens.')
    expect(fixText(fixed, fixed)).toContain('Nothing to fix')
  })
})

describe('no cause is named where nothing was cut', () => {
  it.each(['esp-mqtt', 'mqttjs', 'libmosquitto', 'paho-go'])('%s, whatever K and T', async client => {
    for (const [idleS, keepaliveS] of [
      [150, 100],
      [150, 200],
      [150, 320],
      [60, 90],
    ] as const) {
      const given = { ...caseOf('azure-lb', 1, { client, publish: 'none' }), ...at(idleS, keepaliveS) }
      const { evidence, idle } = await play(given, 'simulated', {})
      const story = storyOf(evidence, idle, given)
      expect(/Cause: none here/.test(storyText(story)), `${client} K = ${keepaliveS} T = ${idleS}`).toBe(
        story.cuts === 0,
      )
      expect(story.cuts === 0).toBe(everyPingMs(given) < idleS * 1000)
    }
  })
})

describe('the scenario file', () => {
  it('says that it is played in virtual time where it would take more than two minutes', () => {
    expect(scenarioText(caseOf('aws-nlb', 1))).toContain('lab: simulated')
    expect(scenarioText({ ...caseOf('aws-nlb', 1), keepaliveS: 350, scale: 50 })).not.toContain('lab:')
  })

  it.each(Object.entries(CASES))('of %s loads, and is what was asked for', (_, given) => {
    const scenario = scenarioOf(given)
    expect(scenario.client.keepaliveS).toBe(given.keepaliveS / given.scale)
    expect(scenario.timeline[0]?.fault.options).toMatchObject({ after: { ms: given.box.afterMs / given.scale } })
  })

  it('speaks into the time between the cut and the next ping, or else after the cut', () => {
    expect(everyMs(caseOf('aws-nlb', 400 / 350))).toBe(375_000)
    expect(everyMs(caseOf('aws-nlb', 1))).toBe(455_000)
    expect(everyMs(caseOf('aws-nlb', 100))).toBe(525_000)
  })

  it('recommends whole seconds at its own scale', () => {
    expect([playableSafeS(350_000, 1), playableSafeS(350_000, 50), playableSafeS(350_000, 300)]).toEqual([
      233,
      200,
      undefined,
    ])
  })
})
