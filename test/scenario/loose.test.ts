import { describe, expect, test } from 'vitest'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'

const load = (broker: string, client: string) =>
  loadScenarioText(`name: a\nbroker: ${broker}\nclient: ${client}\nexpect: [flaps]\nuntil: 5s\n`, 'a.yaml', vocabulary)
const withClient = (more: string) => load('aedes', `{ name: mqttjs, keepalive: 2s, ${more} }`)

describe('no key is taken in silence', () => {
  test.each([
    ['trafic: idle', 'traffic'],
    ['clean_session: true', 'clean'],
    ['cleanSession: true', 'clean'],
    ['reconnectperiod: 0', 'reconnectPeriod'],
    ['reconnect_period: 0', 'reconnectPeriod'],
    ['will_delay: 10s', 'will: { delay: ... }'],
    ['willDelay: 10s', 'will: { delay: ... }'],
    ['keep_alive: 5s', 'keepalive'],
    ['banana: 1', undefined],
  ])('by mqttjs: %s', (option, nearest) => {
    const { problems } = withClient(option)
    expect(problems).toMatchObject([
      { message: `unknown key ${JSON.stringify(option.split(':')[0])}`, position: { line: 3, column: 40 } },
    ])
    expect(problems[0]?.nearest).toBe(nearest)
  })

  test.each([
    ['max_keep_alive: 60', 'max_keepalive'],
    ['maxkeepalive: 60', 'max_keepalive'],
    ['mango: 1', undefined],
  ])('by mosquitto: %s', (option, nearest) => {
    const { problems } = load(`{ name: mosquitto, ${option} }`, '{ name: mqttjs, keepalive: 2s }')
    expect(problems).toMatchObject([{ position: { line: 2, column: 28 } }])
    expect(problems[0]?.nearest).toBe(nearest)
  })

  test('but an option of a plug-in of mosquitto may be called anything', () => {
    const broker = '{ name: mosquitto, plugin: ./acl.so, plugin_opt_banana: 1 }'
    expect(load(broker, '{ name: mqttjs, keepalive: 2s }').problems).toEqual([])
  })
})

test.each([
  'clean: false',
  'connectTimeout: 1500',
  'reconnectPeriod: 0',
  'reconnect: false',
  'queueQoSZero: false',
  'username: me',
  'protocol: 5, properties: { sessionExpiryInterval: 60 }',
  'wsOptions: { headers: { Authorization: x } }',
  'protocol: 5, will: { delay: 10s, qos: 2, retain: true, size: 5000 }',
  'traffic: { receiving: { qos: 1, every: 15s, size: 200000 } }',
])('what MQTT.js and we know is taken: %s', option =>
  expect(load('mosquitto', `{ name: mqttjs, keepalive: 2s, ${option} }`).problems).toEqual([]),
)

test.each([
  ['host: example.org', 'the client connects to the link'],
  ['clientId: me', 'client ids of its own'],
  ['log: 5', "a function can't stand in a scenario"],
  ['reconnect: maybe', 'has to be true or false'],
  ['reconnect: false, reconnectPeriod: 500', 'contradict each other'],
  ['reconnectPeriod: soon', 'has to be a number'],
  ['connectTimeout: 0', 'has to be'],
  ['properties: { sesionExpiryInterval: 1 }', 'unknown key "sesionExpiryInterval"'],
  ['wsOptions: { header: {} }', 'unknown key "header"'],
  ['will: { delay: 10s }', 'MQTT 3.1.1 has no will delay: say protocol: 5'],
  ['protocol: 5, will: { delay: 1K }', 'counted in seconds, not in K'],
  ['will: { size: 65536 }', 'has to be at most 65535'],
  ['traffic: { receiving: { every: 1s, size: -1 } }', 'has to be at least 0'],
])('what would do nothing, or harm, is refused with the reason: %s', (option, words) => {
  const { problems } = withClient(option)
  expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(words)])
})

test("what a client can't be told of its will is refused in its name", () => {
  const { problems } = load('mosquitto', '{ name: paho-go, keepalive: 2s, will: { retain: true, qos: 2 } }')
  expect(problems.map(({ message }) => message)).toEqual(["paho-go can't be told the retain flag of its will"])
})

test('what is looked for among the faults and is none says why', () => {
  for (const fault of ['clock-jump', '{ clock-jump: { by: 1h } }']) {
    const text = `name: a\nbroker: aedes\nclient: { name: mqttjs, keepalive: 2s }\ntimeline: [{ at: 1s, fault: ${fault} }]\nexpect: [flaps]\nuntil: 5s\n`
    const { problems } = loadScenarioText(text, 'a.yaml', vocabulary)
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('a date that is set is `clock-step'),
    ])
  }
})

describe('YAML that is none of ours', () => {
  const text = (body: string) => loadScenarioText(body, 'a.yaml', vocabulary)
  const whole = (more: string, client = '{ name: mqttjs, keepalive: 2s }') =>
    text(`${more}name: a\nbroker: aedes\nclient: ${client}\nexpect: [flaps]\nuntil: 5s\n`)

  test('tabs are told of, and nothing else is', () => {
    const { problems } = text('name: a\nbroker: aedes\nclient:\n\tname: mqttjs\n\tkeepalive: 2s\nuntil: 5s\n')
    expect(problems.map(({ message, position }) => [position.line, message])).toEqual([
      [4, "not valid YAML: a tab can't indent; write spaces"],
      [5, "not valid YAML: a tab can't indent; write spaces"],
    ])
  })

  test('merge keys are named where they stand', () => {
    const { problems } = whole('x-peer: &peer { name: mqttjs }\n', '{ <<: *peer, keepalive: 2s }')
    expect(problems).toMatchObject([
      { message: expect.stringContaining('merge keys (<<) are not read'), position: { line: 4, column: 11 } },
    ])
  })

  test('keys that begin with x- are a place for anchors', () => {
    const { problems, scenarios } = whole('x-peer: &peer { name: mqttjs, keepalive: 3s }\nx-note: anything\n', '*peer')
    expect(problems).toEqual([])
    expect(scenarios[0]?.client.keepaliveS).toBe(3)
    expect(JSON.stringify(scenarios[0])).not.toContain('x-')
  })

  test('at the top only', () =>
    expect(whole('', '{ name: mqttjs, keepalive: 2s, x-note: 1 }').problems).toHaveLength(1))

  test('K alone lacks its number', () => {
    const { problems } = text(
      'name: a\nbroker: aedes\nclient: { name: mqttjs, keepalive: 2s }\nexpect: [flaps]\nuntil: K\n',
    )
    expect(problems.map(({ message }) => message)).toEqual(['K has no number: write 1K'])
  })
})
