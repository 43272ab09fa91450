import { expect, test } from 'vitest'
import { lengthNote } from '../../../src/commands/run/length.ts'
import { vocabulary } from '../../../src/plugins.ts'
import { loadScenarioText } from '../../../src/scenario/load.ts'

function part(name: string, until: string, lab = '') {
  const text = `name: ${name}\nbroker: aedes\nclient: { name: mqttjs, keepalive: 10s }\nexpect: [stays-connected]\nuntil: ${until}\n${lab}`
  const [scenario] = loadScenarioText(text, 'x.yaml', vocabulary).scenarios
  if (!scenario) throw new Error('it does not load')
  return { scenario }
}

test('a short run is not spoken of', () => {
  expect(lengthNote([], 200)).toBeUndefined()
  expect(lengthNote([part('a', '30s'), part('b', '5K')], 200)).toBeUndefined()
})

test('a long one says how long, which scenario is the longest, and what virtual time can play', () => {
  const parts = [part('a', '30s'), part('b', '20m'), part('c', '100K', 'lab: local')]
  expect(lengthNote(parts, 200)).toBe(
    'this takes about 20 min of real time: 3 scenarios, the longest 20 min (b); --lab simulated plays 2 of them in virtual time, in seconds',
  )
})

test('scenarios that do not fit side by side add up', () => {
  const parts = Array.from({ length: 10 }, () => part('a', '30s'))
  expect(lengthNote(parts, 2)).toMatch(/^this takes about 150 s|^this takes about 3 min/)
  expect(lengthNote(parts, 200)).toBeUndefined()
})

test('virtual time is not offered where nothing is made for it', () => {
  expect(lengthNote([part('a', '5m', 'lab: local')], 200)).not.toContain('simulated')
})
