import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { play, scenarioOf } from '../../src/cli/repro/play.ts'
import type { Case } from '../../src/repro/case.ts'
import { everyMs } from '../../src/repro/case.ts'
import { playableSafeS, scenarioText } from '../../src/repro/scenario.ts'
import { storyOf } from '../../src/repro/story.ts'
import { storyText } from '../../src/repro/text.ts'
import { caseOf } from './cases.ts'

const GOLDEN = `${import.meta.dirname}/../golden/repro`

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

describe('the scenario file', () => {
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
