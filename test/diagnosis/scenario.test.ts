/** For the first finding of each cause there is a scenario that loads, and that plays: in virtual time where it takes long. */
import { describe, expect, test } from 'vitest'
import { reproductionOf } from '../../src/diagnosis/reproduction.ts'
import { run } from '../../src/engine/run.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { theCatalog } from '../../src/terminal/project.ts'
import { diagnosed } from './diagnosed.ts'
import { GENERATORS, type Known, numbersOf } from './known.ts'
import { mosquitto, STAMPS } from './written.ts'

const written = (known: Known) => mosquitto('2.0', true, STAMPS.epoch as never)(known)

/** Words of a broker for causes that no generator plays. */
const OTHERS: Readonly<Record<string, string>> = {
  'protocol-error': Array.from(
    { length: 4 },
    (_, i) =>
      `${1_717_200_000 + i * 60}: New client connected from 10.0.0.5:4000 as x (p2, c1, k60).\n${1_717_200_005 + i * 60}: Client x disconnected due to oversize packet.\n`,
  ).join(''),
  'broker-too-late': Array.from(
    { length: 4 },
    (_, i) =>
      `${1_717_200_000 + i * i * 900}: New client connected from 10.0.0.5:4000 as x (p2, c1, k60).\n${1_717_200_060 + i * i * 900}: Received PINGREQ from x\n${1_717_200_660 + i * i * 900}: Client x has exceeded timeout, disconnecting.\n`,
  ).join(''),
  'keepalive-too-short': Array.from({ length: 4 }, (_, i) =>
    [
      [0, 'New client connected from 10.0.0.5:4000 as x (p2, c1, k10).'],
      ...[13, 26, 39, 52].map(s => [s, 'Received PINGREQ from x'] as const),
      [68, 'Client x has exceeded timeout, disconnecting.'],
    ]
      .map(([s, text]) => `${1_717_200_000 + i * 70 + Number(s)}: ${text}\n`)
      .join(''),
  ).join(''),
}

function scenarioOf(log: string) {
  const reproduction = reproductionOf(diagnosed(log).diagnosis)
  if (!reproduction) return expect.fail('no scenario')
  const { scenarios, problems } = loadScenarioText(reproduction.text, 'written.yaml', theCatalog().vocabulary)
  expect(problems, reproduction.text).toEqual([])
  return { ...reproduction, scenario: scenarios[0] ?? expect.fail('nothing was loaded') }
}

describe('a scenario for each cause', () => {
  test.each(Object.keys(OTHERS))('%s loads', cause => {
    expect(scenarioOf(OTHERS[cause] ?? '').cause).toBe(cause)
  })

  // No client of the labs sends what is malformed.
  test.each(Object.keys(GENERATORS).filter(name => name !== 'malformed'))(
    '%s loads, and is judged without a doubt where virtual time can play it',
    async name => {
      const known = GENERATORS[name]?.make(numbersOf(name.length * 17)) ?? expect.fail(name)
      const { scenario, cause, text } = scenarioOf(written(known))
      expect(known.truth).toContain(cause)
      await using lab = theCatalog().openLab('simulated')
      if (text.includes('lab: local') || (await lab.admits(scenario)) !== true) return
      const evidence = await run(scenario, lab, theCatalog().faults, { seed: 1, runId: 'cafe' })
      const { result, outcomes } = judge(evidence, checks)
      expect(['pass', 'fail'], `${text}\n${JSON.stringify(outcomes)}`).toContain(result)
    },
  )
})
