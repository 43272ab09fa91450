import { describe, expect, test } from 'vitest'
import { realClock } from '../../src/clock/real.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { accelerated } from '../../src/labs/accelerated.ts'
import type { LabSettings } from '../../src/labs/lab.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { builtIn } from '../../src/plugins.ts'
import { faketimeAvailable, readClock, settableTime } from '../../src/processes/faketime.ts'
import { playLocally, scenarioOf, step } from '../engine/scenarios.ts'
import { lackOf, noMosquitto, titled } from '../needs.ts'

const missing = lackOf(await faketimeAvailable())

const expecting = (...names: readonly string[]): Scenario['expect'] =>
  names.map(check => ({
    check,
    params: checks.get(check)?.options.parse({}) as Readonly<Record<string, unknown>>,
    position: { file: 'test.yaml', line: 1, column: 1 },
  }))

async function played(scenario: Scenario, settings: LabSettings = { speed: '20' }) {
  await using lab = accelerated.create(builtIn.peers, settings)
  expect(await lab.admits(scenario)).toBe(true)
  const evidence = await playLocally(scenario, lab)
  return { evidence, verdict: judge(evidence, checks) }
}

async function refusal(scenario: Scenario): Promise<string> {
  await using lab = accelerated.create(builtIn.peers)
  const admission = await lab.admits(scenario)
  return admission === true ? 'admitted' : `${admission.result}: ${admission.reason}`
}

test('a clock that runs 50 times as fast tells and waits so', async () => {
  const machine = realClock()
  const clock = realClock(undefined, 50)
  await clock.advanceTo(5000)
  expect(clock.nowMs()).toBeGreaterThanOrEqual(5000)
  expect(machine.nowMs()).toBeGreaterThanOrEqual(99)
  expect(machine.nowMs()).toBeLessThan(clock.nowMs() / 10)
})

describe.skipIf(missing !== undefined).concurrent(titled('programs whose time is faster', missing), () => {
  test.skipIf(noMosquitto !== undefined)(titled('the real Mosquitto waits for its own 90 s', noMosquitto), async () => {
    const { verdict, evidence } = await played(
      scenarioOf({
        broker: { name: 'mosquitto', options: {} },
        client: { name: 'silent', keepaliveS: 60 },
        expect: expecting('broker-drops-client'),
        until: '150s',
      }),
    )
    expect(evidence.header).toMatchObject({ lab: 'accelerated', speed: 20, labResolutionMs: 200 })
    expect(verdict.troubles).toEqual([])
    expect(verdict.result).not.toBe('fail')
  })

  test('Aedes and MQTT.js are faster in processes of our own', async () => {
    const { verdict } = await played(
      scenarioOf({
        client: { keepaliveS: 60 },
        timeline: [step('80s', 'blackhole')],
        expect: expecting('broker-drops-client', 'client-gives-up', 'will-published'),
        until: '200s',
      }),
    )
    expect(verdict.troubles).toEqual([])
    expect(verdict.result).not.toBe('fail')
  })

  test.each([
    ['goes by the machine', 'env -u LD_PRELOAD sleep 100', "goes by the machine's time: libfaketime is not in it"],
    ['was given another speed', "env FAKETIME='+0 x5' sleep 100", 'was started with FAKETIME=+0 x5, not +0 x20'],
  ])('a program that %s is named, and its run says nothing', async (_how, command, words) => {
    const { verdict } = await played(
      scenarioOf({
        client: { name: 'command', options: { command }, keepaliveS: 60 },
        expect: expecting('stays-connected'),
        until: '60s',
      }),
    )
    expect(verdict.result).toBe('inconclusive')
    expect(verdict.troubles.join()).toContain(words)
  })

  test('a clock that is set reads so for every program in its time, however long that time has run', async () => {
    await using clocks = await settableTime(50, true)
    await clocks.drift(-450)
    expect(await clocks.unlikeOrders()).toBeUndefined()
    await clocks.step(3_600_000)
    expect(await clocks.unlikeOrders()).toBeUndefined()
    const before = await readClock(clocks)
    await clocks.step(-60_000)
    const after = await readClock(clocks)
    expect(after.dateMs - before.dateMs).toBeLessThan((after.toMs - before.fromMs) * 27.5 - 50_000)
  })
})

test("what keeps the machine's time is refused by name", async () => {
  const at60 = { keepaliveS: 60 }
  expect(await refusal(scenarioOf({ client: { ...at60, name: 'esp-mqtt' }, until: '60s' }))).toMatch(
    /^unsupported: esp-mqtt is a model/,
  )
  const link = { ...scenarioOf({ until: '60s' }).link, name: 'toxiproxy' }
  expect(await refusal(scenarioOf({ client: at60, link, until: '60s' }))).toMatch(
    /^unsupported: the link toxiproxy goes by the machine's time/,
  )
  expect(process.env.LD_PRELOAD ?? '').not.toContain('faketime')
})
