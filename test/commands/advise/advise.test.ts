import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advise, type Question } from '../../../src/commands/advise/advise.ts'
import { adviceText, lint } from '../../../src/commands/advise/run.ts'
import { vocabulary } from '../../../src/plugins.ts'
import { loadScenarioText } from '../../../src/scenario/load.ts'
import { clientFamilies } from '../../../src/timing/profiles/clients.ts'
import { managedBrokers } from '../../../src/timing/profiles/managed.ts'
import { pingEveryMs, pingFamilies, silenceMs } from '../../../src/timing/profiles/pings.ts'
import { inForce, largestKeepaliveS, levelOf, safeKeepaliveS } from '../../../src/timing/safe-interval.ts'

const GOLDEN = `${import.meta.dirname}/../../golden/advise`
const of = (keepaliveS: number, more: Partial<Question> = {}) => advise({ keepaliveS, protocol: 4, ...more })

describe('the rule', () => {
  it.each([
    [60, 350, 'ok'],
    [233, 350, 'ok'],
    [234, 350, 'warn'],
    [349, 350, 'warn'],
    [350, 350, 'fail'],
    [400, 350, 'fail'],
    [0, 350, 'fail'],
  ] as const)('K = %i s and T = %i s: %s', (keepaliveS, idleS, level) => {
    expect(of(keepaliveS, { idleMs: idleS * 1000 }).level).toBe(level)
  })

  it('takes the smaller of what path and broker allow', () => {
    expect(of(60, { idleMs: 350_000, brokerMaxS: 100 }).safeS).toBe(100)
    expect(of(60, { idleMs: 90_000, brokerMaxS: 100 }).safeS).toBe(60)
    expect(of(60).safeS).toBeUndefined()
  })

  it('a broker can only refuse or cut a 3.1.1 client that asks for more, but tells a 5.0 client', () => {
    expect(of(1300, { brokerMaxS: 1200 }).level).toBe('fail')
    expect(of(1300, { brokerMaxS: 1200, protocol: 5 }).level).toBe('warn')
  })

  it('wonders about 60000 seconds', () => {
    expect(of(60_000).level).toBe('warn')
  })

  it('counts pings', () => {
    expect(of(60).pingsAnHour).toBe(60)
    expect(of(0).pingsAnHour).toBe(0)
  })
})

describe('the keep-alive in force', () => {
  it('is the one that an MQTT 5 broker imposes, and what ignores it is told', () => {
    const advice = of(300, { protocol: 5, brokerMaxS: 60, idleMs: 240_000 })
    expect(advice).toMatchObject({ level: 'warn', pingsAnHour: 60, safeS: 60, inForce: { clientS: 60, brokerS: 60 } })
    expect(advice.findings.map(({ text }) => text).join('\n')).toContain('K = 60 s is 0.25 T')
    expect(advice.findings.find(({ level }) => level === 'warn')?.text).toMatch(
      /paho-python before 2\.2\.0.*after 90 s/,
    )
    const worst = (name: string) => advice.detections.find(each => each.name === name)
    expect(worst('mqttjs')).toMatchObject({ bestMs: 30_000, worstMs: 90_000 })
    expect(worst('aedes')).toMatchObject({ worstMs: 90_001 })
  })

  it('is never above the limit in MQTT 5, and never below the least', () => {
    const seconds = fc.integer({ min: 1, max: 65_535 })
    fc.assert(
      fc.property(seconds, seconds, seconds, fc.constantFrom(4, 5), (keepaliveS, a, b, protocol) => {
        const [brokerMinS, brokerMaxS] = [Math.min(a, b), Math.max(a, b)]
        const { clientS, brokerS } = inForce({ keepaliveS, brokerMinS, brokerMaxS, protocol: protocol as 4 | 5 })
        expect(brokerS).toBeGreaterThanOrEqual(brokerMinS)
        expect(brokerS).toBeLessThanOrEqual(brokerMaxS)
        expect(clientS).toBe(protocol === 5 ? brokerS : keepaliveS)
      }),
    )
  })

  it('below the least of a broker takes 1.5 times that least until a client is dropped', () => {
    const advice = of(10, { brokerMinS: 30, brokerMaxS: 1200, brokerFamily: null })
    expect(advice.level).toBe('ok')
    expect(advice.findings[0]?.text).toContain('takes 45 s without a packet until it drops a client')
    expect(advice.detections.filter(({ who }) => who === 'broker')).toMatchObject([{ bestMs: 34_000, worstMs: 45_000 }])
    expect(advice.pingsAnHour).toBe(360)
  })

  it('0 at a broker that counts with its own is a client that never pings', () => {
    const broker = { name: 'AWS IoT Core', overMost: 'taken-as-most' } as const
    const advice = of(0, { brokerMaxS: 1200, broker })
    expect(advice).toMatchObject({ level: 'fail', inForce: { clientS: 0, brokerS: 1200 } })
    expect(advice.findings[0]?.text).toContain('cut after 1800 s of silence')
    expect(of(1500, { brokerMaxS: 1200, broker }).level).toBe('warn')
    expect(of(1800, { brokerMaxS: 1200, broker }).level).toBe('fail')
  })
})

describe('a client that pings by its own rule', () => {
  it.each([
    ['esp-mqtt', 200, 150, 'ok'],
    ['esp-mqtt', 299, 150, 'warn'],
    ['esp-mqtt', 300, 150, 'fail'],
    ['azure-iot-sdk-csharp', 300, 240, 'ok'],
    ['azure-iot-sdk-csharp', 960, 240, 'fail'],
    ['coremqtt', 1200, 60, 'ok'],
    ['paho-go', 60, 62, 'fail'],
    ['mqttjs', 200, 150, 'fail'],
  ] as const)('%s with K = %i s at T = %i s: %s', (client, keepaliveS, idleS, level) => {
    expect(of(keepaliveS, { client, idleMs: idleS * 1000 }).level).toBe(level)
  })

  it('is advised the longest keep-alive of which its silence is safe, and not one second more', () => {
    const client = fc.constantFrom(...clientFamilies(), ...pingFamilies())
    fc.assert(
      fc.property(client, fc.integer({ min: 20, max: 9000 }), (name, idleS) => {
        const safeS = safeKeepaliveS(idleS * 1000, name)
        expect(levelOf(silenceMs(name, safeS * 1000), idleS * 1000)).toBe('ok')
        if (safeS < 65_535) expect(levelOf(silenceMs(name, (safeS + 1) * 1000), idleS * 1000)).not.toBe('ok')
        const largestS = largestKeepaliveS(idleS * 1000, name)
        expect(largestS).toBeGreaterThanOrEqual(safeS)
        expect(pingEveryMs(name, largestS * 1000)).toBeLessThan(idleS * 1000)
      }),
    )
  })

  it('costs as many pings as it sends', () => {
    expect(of(200, { client: 'esp-mqtt' }).pingsAnHour).toBe(36)
    expect(of(1200, { client: 'coremqtt' }).pingsAnHour).toBe(120)
  })
})

it('a box with a maximum age is told of, since no keep-alive helps', () => {
  expect(
    of(60, { idleMs: 600_000, maxAgeMs: 7_200_000 })
      .findings.map(({ text }) => text)
      .join(),
  ).toContain('7200 s')
})

it('managed brokers name their source, the date, and limits that MQTT can carry', () => {
  for (const { source, read, leastS = 1, mostS = 65_535 } of managedBrokers.values()) {
    expect(source.length).toBeGreaterThan(20)
    expect(read).toMatch(/^20\d\d-\d\d$/)
    expect(leastS).toBeLessThan(mostS)
    expect(mostS).toBeLessThanOrEqual(65_535)
  }
})

/** 54 + 54 + 52 bytes on Linux over IPv4, as tshark counts it. */
it('a ping costs 160 bytes', () => {
  expect(adviceText(of(60))).toContain('60 pings an hour, 9600 bytes an hour')
})

describe('in words', () => {
  it.each([
    ['safe', of(60, { idleMs: 350_000, brokerMaxS: 1200 })],
    ['tight', of(300, { idleMs: 350_000 })],
    ['too-long', of(400, { idleMs: 350_000 })],
    ['off', of(0, { idleMs: 350_000 })],
    ['imposed', of(300, { idleMs: 240_000, brokerMaxS: 60, protocol: 5 })],
    ['own-ping-rule', of(200, { idleMs: 150_000, client: 'esp-mqtt' })],
  ] as const)('%s', async (name, advice) => {
    await expect(adviceText(advice)).toMatchFileSnapshot(`${GOLDEN}/${name}.txt`)
  })
})

describe('the lint of a scenario', () => {
  const scenario = (more: string, keepalive = '400s') => {
    const text = `name: x\nbroker: mosquitto\nclient: { name: mqttjs, keepalive: ${keepalive} }\nexpect: [stays-connected]\nuntil: 3K\n${more}`
    const { scenarios, problems } = loadScenarioText(text, 'x.yaml', vocabulary)
    expect(problems).toEqual([])
    return scenarios.flatMap(lint)
  }
  const NLB = 'timeline: [{ at: 0s, fault: { idle-cut: aws-nlb } }]\n'

  it('fails a keep-alive that is not below the idle time-out of its middlebox', () => {
    expect(scenario(NLB).map(({ level }) => level)).toEqual(['fail'])
    expect(scenario(NLB, '300s').map(({ level }) => level)).toEqual(['warn'])
    expect(scenario(NLB, '60s').map(({ level }) => level)).toEqual(['ok'])
  })

  it('has nothing to say where there is no middlebox', () => {
    expect(scenario('')).toEqual([])
  })

  it('says that the granularity of a broker does not scale', () => {
    const [, scale] = scenario(`${NLB}scale: 1/50\n`)
    expect(scale?.text).toBe(
      'scale 1/50: how exactly broker and client count does not scale: mosquitto may be 7 s late at any keep-alive, 0.88K here and 0.018K in full length',
    )
  })
})
