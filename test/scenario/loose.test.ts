import { expect, test } from 'vitest'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'

const withClient = (client: string) =>
  loadScenarioText(
    `name: a\nbroker: aedes\nclient: { name: mqttjs, keepalive: 2s, ${client} }\nexpect: [flaps]\nuntil: 5s\n`,
    'a.yaml',
    vocabulary,
  )

test('a key that is a slip of ours is refused, also where any option of a library is taken', () => {
  const { problems } = withClient('trafic: idle')
  expect(problems).toMatchObject([{ message: 'unknown key "trafic"; did you mean traffic?', position: { line: 3 } }])
})

test.each(['clean: false', 'connectTimeout: 1500', 'reconnectPeriod: 0', 'queueQoSZero: false', 'username: me'])(
  'an option of MQTT.js is not taken for one: %s',
  option => expect(withClient(option).problems).toEqual([]),
)
