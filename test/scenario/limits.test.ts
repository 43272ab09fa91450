import { expect, test } from 'vitest'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'

const text = (changes: Readonly<Record<string, string>>) =>
  Object.entries({
    name: 'N',
    broker: 'aedes',
    client: '{ name: mqttjs, keepalive: 1s }',
    expect: '[stays-connected]',
    until: '3s',
    ...changes,
  })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')

const told = (changes: Readonly<Record<string, string>>) =>
  loadScenarioText(text(changes), 'a.yaml', vocabulary).problems.map(
    ({ position, message }) => `${position.line}:${position.column} ${message}`,
  )

const client = (key: string) => ({ client: `{ name: mqttjs, keepalive: 1s, ${key} }` })
const NO_PEM =
  'here stands the PEM text itself, not the name of its file; files are named by `broker: { ca, cert, key }`'

test.each<[Record<string, string>, string]>([
  [client('count: 10001'), '3:47 "count" has to be at most 10000'],
  [client('count: 1e9'), '3:47 "count" has to be at most 10000'],
  [{ until: '8785h' }, '5:8 this is longer than a year, and no run lasts so long'],
  [{ until: `${'9'.repeat(400)}s` }, '5:8 this is longer than a year, and no run lasts so long'],
  [
    { timeline: '[{ at: 1s, fault: { idle-cut: { after: 0s } } }]' },
    '6:50 an idle time-out has to be longer than nothing',
  ],
  [{ timeline: '[{ at: 1s, fault: { max-age: { after: 0K } } }]' }, '6:49 an age has to be longer than nothing'],
  [client('ca: ca.pem'), `3:44 ${NO_PEM}`],
  [client('key: [/etc/key.pem]'), `3:46 ${NO_PEM}`],
])('%j is refused', (changes, problem) => {
  expect(told(changes)).toEqual([problem])
})

test.each([
  client('count: 10000'),
  { until: '8784h' },
  { timeline: '[{ at: 1s, fault: { idle-cut: { after: 1ms } } }]' },
  client('ca: "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----"'),
])('%j is taken', changes => {
  expect(told(changes)).toEqual([])
})
