import { expect, test } from 'vitest'
import { costMs, shareOf } from '../../../src/commands/run/share.ts'
import { builtIn } from '../../../src/plugins.ts'
import { loadScenarioText } from '../../../src/scenario/load.ts'

function scenario(broker: string, client: string, until: string) {
  const text = `name: x\nbroker: ${broker}\nclient: { name: ${client}, keepalive: 10s }\nexpect: [stays-connected]\nuntil: ${until}\n`
  const [read] = loadScenarioText(text, 'x.yaml', builtIn.vocabulary).scenarios
  if (!read) throw new Error('it does not load')
  return read
}
const cost = (broker: string, client: string, until: string, lab = 'local') =>
  costMs(scenario(broker, client, until), lab, builtIn)

test('a scenario costs its length, also where that is written in keep-alives', () => {
  expect(cost('aedes', 'mqttjs', '20s') - cost('aedes', 'mqttjs', '10s')).toBe(10_000)
  expect(cost('aedes', 'mqttjs', '2K')).toBe(cost('aedes', 'mqttjs', '20s'))
})

test('each program that has to be started adds to it', () => {
  const light = cost('aedes', 'mqttjs', '10s')
  expect(cost('moquette', 'mqttjs', '10s')).toBeGreaterThan(light)
  expect(cost('moquette', 'paho-java', '10s')).toBeGreaterThan(cost('moquette', 'mqttjs', '10s'))
})

test('in virtual time an hour is cheaper than a real second', () => {
  expect(cost('aedes', 'mqttjs', '1h', 'simulated')).toBeLessThan(cost('aedes', 'mqttjs', '1s'))
})

test('where time is faster a scenario costs what it takes of the machine', () => {
  const step = (lab: string) => cost('aedes', 'mqttjs', '100s', lab) - cost('aedes', 'mqttjs', '40s', lab)
  expect(step('local')).toBe(60_000)
  expect(step('accelerated')).toBeLessThan(10_000)
  const asked = { speed: '2' }
  const at2 = (until: string) => costMs(scenario('aedes', 'mqttjs', until), 'accelerated', builtIn, asked)
  expect(at2('100s') - at2('40s')).toBe(30_000)
})

test('a share says how much of the whole it is', () => {
  expect(shareOf([1, 2, 3], undefined)).toEqual({ places: [0, 1, 2] })
  expect(shareOf([10, 30, 20, 60], { index: 1, of: 2 })).toEqual({
    places: [3],
    note: 'shard 1 of 2: 1 of 4 scenarios, 50 % of what they cost',
  })
  expect(shareOf([10], { index: 2, of: 2 }).note).toBe('shard 2 of 2: 0 of 1 scenario, nothing is left for it')
})
