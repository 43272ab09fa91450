import { expect, test } from 'vitest'
import { openedNote } from '../../../src/commands/run/run.ts'
import { links, vocabulary } from '../../../src/plugins.ts'
import { loadScenarioText } from '../../../src/scenario/load.ts'

const scenario = (link: string) => {
  const text = `name: x\nbroker: { name: aedes, tls: true }\nclient: { name: mqttjs, keepalive: 2s }\nlink: ${link}\nexpect: [stays-connected]\nuntil: 3s\n`
  const { scenarios, problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  expect(problems).toEqual([])
  return scenarios
}

test('who runs scenarios is told that a link looks inside, and is told nothing where none does', () => {
  expect(openedNote(scenario('embedded'), links)).toBeUndefined()
  expect(openedNote([...scenario('embedded'), ...scenario('{ tls: inspect }')], links)).toBe(
    'in 1 scenario the link ends TLS at both of its edges and reads what is inside, as the scenario says',
  )
})

test.each([
  ['{ ca: x.pem }', 'belongs to "tls: inspect"'],
  ['{ tls: inspect, ca: x.pem }', '"ca" needs its "ca_key"'],
  ['{ tls: inspect, cert: x.pem }', '"cert" needs its "key"'],
  ['{ tls: yes }', 'the only word here is inspect'],
])('what does not go together in %s is said where it stands', (link, message) => {
  const text = `name: x\nbroker: aedes\nclient: { name: mqttjs, keepalive: 2s }\nlink: ${link}\nexpect: [stays-connected]\nuntil: 3s\n`
  const { problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  expect(problems.map(problem => problem.message).join('\n')).toContain(message)
  expect(problems[0]?.position.line).toBe(4)
})
