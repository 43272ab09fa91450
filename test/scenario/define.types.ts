/**
 * Type tests of `defineScenario`, held by `npm run typecheck`: what is right compiles, and each `@ts-expect-error` stands above
 * a line that must not.
 */
import { defineScenario, type ScenarioInput } from '../../src/scenario/define.ts'

const seconds: number = 2
const base = {
  name: 'a claim',
  broker: 'aedes',
  client: { name: 'mqttjs', keepalive: '2s' },
  expect: ['stays-connected'],
  until: '8s',
} as const satisfies ScenarioInput

export const right: readonly ScenarioInput[] = [
  base,
  defineScenario({ ...base, client: { name: 'mqttjs', keepalive: `${seconds}s` }, until: `${seconds * 3}s` }),
  defineScenario({
    ...base,
    broker: { name: 'mosquitto', max_keepalive: 60 },
    client: {
      name: 'paho-python',
      keepalive: '4s',
      protocol: 5,
      callback_api: 1,
      traffic: { receiving: { qos: 1, every: '15s', size: 200_000 } },
      will: { qos: 2, size: 1000 },
      count: 3,
    },
    link: { latency: '20ms', jitter: '5ms' },
    timeline: [
      { at: '1s', fault: 'blackhole', for: '1.5K + 2s' },
      { at: '1K', fault: { 'idle-cut': 'aws-nlb' } },
      { at: '1K', fault: { 'idle-cut': { after: '100s', on_next: 'rst-sender' } } },
      { at: '3s', fault: { freeze: { peer: 'client' } } },
    ],
    expect: ['will-published', { 'broker-drops-client': { earliest: '1.5K-250ms', latest: '1.5K + 2s' } }],
    lab: ['local', 'simulated'],
    must: 'fail',
    scale: '1/100',
    matrix: { 'client.keepalive': ['1s', '2s'], broker: ['aedes', 'mosquitto'] },
    'x-note': { anything: true },
  }),
  defineScenario({ ...base, link: 'toxiproxy', client: { name: 'command', command: './mine', keepalive: '2s' } }),
]

export const wrong = [
  // @ts-expect-error no broker is called so
  defineScenario({ ...base, broker: 'mosqitto' }),
  // @ts-expect-error it needs a URL or a command beside its name
  defineScenario({ ...base, client: { name: 'command', keepalive: '2s' } }),
  // @ts-expect-error an option of this broker that it does not have
  defineScenario({ ...base, broker: { name: 'mosquitto', max_keep_alive: 60 } }),
  // @ts-expect-error an option of another broker
  defineScenario({ ...base, broker: { name: 'aedes', max_keepalive: 60 } }),
  // @ts-expect-error an option of a wrong type
  defineScenario({ ...base, broker: { name: 'mosquitto', max_keepalive: 'long' } }),
  // @ts-expect-error no client is called so
  defineScenario({ ...base, client: { name: 'mqtjs', keepalive: '2s' } }),
  // @ts-expect-error no option of MQTT.js
  defineScenario({ ...base, client: { name: 'mqttjs', keepalive: '2s', clean_session: true } }),
  // @ts-expect-error a number has no unit
  defineScenario({ ...base, client: { name: 'mqttjs', keepalive: 2 } }),
  // @ts-expect-error K is what the keep-alive stands for
  defineScenario({ ...base, client: { name: 'mqttjs', keepalive: '1K' } }),
  // @ts-expect-error no key of traffic
  defineScenario({ ...base, client: { name: 'mqttjs', keepalive: '2s', traffic: { publishing: { evry: '1s' } } } }),
  // @ts-expect-error no key of a will
  defineScenario({ ...base, client: { name: 'mqttjs', keepalive: '2s', will: { dealy: '1s' } } }),
  // @ts-expect-error no fault is called so
  defineScenario({ ...base, timeline: [{ at: '1s', fault: 'blckhole' }] }),
  // @ts-expect-error delay can't stand alone
  defineScenario({ ...base, timeline: [{ at: '1s', fault: 'delay' }] }),
  // @ts-expect-error no option of delay
  defineScenario({ ...base, timeline: [{ at: '1s', fault: { delay: { latncy: '5s' } } }] }),
  // @ts-expect-error a duration of a wrong unit
  defineScenario({ ...base, timeline: [{ at: '1 second', fault: 'blackhole' }] }),
  // @ts-expect-error no preset is called so
  defineScenario({ ...base, timeline: [{ at: '1s', fault: { 'idle-cut': 'aws-nbl' } }] }),
  // @ts-expect-error no check is called so
  defineScenario({ ...base, expect: ['stays-conected'] }),
  // @ts-expect-error stays-connected takes no option
  defineScenario({ ...base, expect: [{ 'stays-connected': { banana: 1 } }] }),
  // @ts-expect-error no option of flaps
  defineScenario({ ...base, expect: [{ flaps: { maximum: 1 } }] }),
  // @ts-expect-error no duration
  defineScenario({ ...base, until: '8 bananas' }),
  // @ts-expect-error no lab is called so
  defineScenario({ ...base, lab: 'locl' }),
  // @ts-expect-error no scale
  defineScenario({ ...base, scale: '1:100' }),
  // @ts-expect-error no path into a scenario
  defineScenario({ ...base, matrix: { 'clinet.keepalive': ['1s'] } }),
  // @ts-expect-error no key of a scenario
  defineScenario({ ...base, untill: '8s' }),
  // @ts-expect-error "expect" is missing
  defineScenario({ name: 'a', broker: 'aedes', client: { name: 'mqttjs', keepalive: '2s' }, until: '8s' }),
]
