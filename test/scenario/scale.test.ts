import { describe, expect, it } from 'vitest'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'

const load = (scale: string, keepalive = '400s') =>
  loadScenarioText(
    `name: x
broker: aedes
client: { name: mqttjs, keepalive: ${keepalive}, traffic: { receiving: { qos: 1, every: 375s } } }
link: { latency: 20ms }
timeline:
  - { at: 0s, fault: { idle-cut: aws-nlb } }
  - { at: 100s, fault: { delay: { latency: 50ms } }, for: 10s }
scale: ${scale}
expect: [{ reconnects: { latest: 1K + 2s } }]
until: 3K + 100s
`,
    'x.yaml',
    vocabulary,
  )

describe('a scale', () => {
  const [scenario] = load('1/50').scenarios

  it('shortens preset, keep-alive, timeline, traffic and end together', () => {
    expect(scenario).toMatchObject({
      scale: 50,
      client: { keepaliveS: 8, traffic: { receiving: { every: { ms: 7500, k: 0 } } } },
      timeline: [
        { fault: { options: { preset: 'aws-nlb', after: { ms: 7000, k: 0 } } } },
        { at: { ms: 2000, k: 0 }, for: { ms: 200, k: 0 } },
      ],
      until: { ms: 2000, k: 3 },
    })
  })

  it('leaves latencies and windows alone', () => {
    expect(scenario).toMatchObject({
      link: { latency: { ms: 20, k: 0 } },
      timeline: [{}, { fault: { options: { latency: { ms: 50, k: 0 } } } }],
      expect: [{ params: { latest: { ms: 2000, k: 1 } } }],
    })
  })

  it('that breaks the keep-alive into parts of seconds is refused, with the nearest that does not', () => {
    expect(load('1/60').problems.map(({ message }) => message)).toEqual([
      'a scale of 1/60 makes the keep-alive of 400 s 6.67 s, which is no whole number of seconds (MQTT knows no others); 1/50 and 1/80 would',
    ])
    expect(load('1/2', '7s').problems[0]?.message).toMatch(/1\/7 would$/)
  })

  it.each(['2/100', '0.01', '1/0', 'fast'])('is not written like %s', text => {
    expect(load(text).problems.map(({ message }) => message)).toEqual(['a scale is written like 1/100'])
  })

  it('of 1/1 is none', () => {
    expect(load('1/1').scenarios[0]).toMatchObject({ client: { keepaliveS: 400 } })
    expect(load('1/1').scenarios[0]).not.toHaveProperty('scale')
  })
})
