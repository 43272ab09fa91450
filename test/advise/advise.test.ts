import { describe, expect, it } from 'vitest'
import { advise, type Question } from '../../src/advise/advise.ts'
import { lint } from '../../src/advise/lint.ts'
import { adviceText } from '../../src/advise/text.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'

const GOLDEN = `${import.meta.dirname}/../golden/advise`
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

describe('in words', () => {
  it.each([
    ['safe', of(60, { idleMs: 350_000, brokerMaxS: 1200 })],
    ['tight', of(300, { idleMs: 350_000 })],
    ['too-long', of(400, { idleMs: 350_000 })],
    ['off', of(0, { idleMs: 350_000 })],
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
