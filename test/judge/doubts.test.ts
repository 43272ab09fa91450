import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Fault } from '../../src/faults/fault.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { run } from '../evidence/builder.ts'

const broken = (fault = {}) =>
  run({ expect: ['broker-drops-client'] })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000, fault)

describe('a run that proves nothing', () => {
  test('a fault that never touched a byte', () =>
    expect(judge(broken({ touched: false }).end(5000, 'broker', 'broker').ended(12_000), checks)).toMatchObject({
      result: 'inconclusive',
      troubles: ['blackhole#0 never touched a byte, so it proves nothing'],
      outcomes: [{ result: 'inconclusive', sinceMs: 2000, seenMs: 5000 }],
    }))

  test('a fault that the run never came to', () =>
    expect(
      judge(broken().unreached('reset', 20_000).end(5000, 'broker', 'broker').ended(12_000), checks),
    ).toMatchObject({
      result: 'inconclusive',
      troubles: ['reset#1 was never asked for: the run ended 12000 ms after CONNACK'],
    }))

  test("the harness's own trouble", () => {
    const verdict = judge(broken().trouble(4000, 'link crashed').ended(12_000), checks)
    expect(verdict).toMatchObject({
      result: 'inconclusive',
      troubles: ['the harness had trouble: link crashed'],
      outcomes: [{ result: 'inconclusive', reason: 'the harness had trouble: link crashed' }],
    })
  })

  test('a scenario that expects nothing', () =>
    expect(judge(run().connect(0).ended(1000), checks)).toMatchObject({
      result: 'inconclusive',
      troubles: ['the scenario expects nothing'],
    }))
})

describe('a fault proves itself', () => {
  const proven = (name: string, prove: (b: ReturnType<typeof run>) => unknown) => {
    const evidence = run({ expect: ['pings-on-time'] })
      .connect(0)
      .ping(2000)
      .fault(name, 3000, { touched: false })
    prove(evidence)
    return judge(evidence.ended(12_000), checks).result
  }

  test.each([
    ['freeze', (b: ReturnType<typeof run>) => b.broker(3001, 'frozen')],
    ['kill', (b: ReturnType<typeof run>) => b.broker(3001, 'killed')],
    ['reset', (b: ReturnType<typeof run>) => b.end(3001, 'client', 'fault', 'rst')],
    ['close', (b: ReturnType<typeof run>) => b.end(3001, 'client', 'fault', 'fin')],
  ])('%s by what it did to the peer', (name, prove) => {
    expect(proven(name, prove)).toBe('pass')
    expect(proven(name, () => undefined)).toBe('inconclusive')
    expect(proven('blackhole', prove)).toBe('inconclusive')
  })
})

test('what another fault did before is no proof', () => {
  const evidence = run({ expect: ['pings-on-time'] })
    .connect(0)
    .ping(2000)
    .fault('reset', 3000)
    .end(3001, 'client', 'fault', 'rst')
    .on(2)
    .connect(4000)
    .fault('reset', 5000, { touched: false })
  expect(judge(evidence.ended(12_000), checks).troubles).toEqual(['reset#1 never touched a byte, so it proves nothing'])
})

test('an idle timer that traffic kept from running out is no doubt: it saw that traffic', () => {
  const evidence = run({ expect: ['stays-connected'] })
    .connect(0)
    .fault('idle-cut', 100, { held: false })
    .ping(2000)
  expect(judge(evidence.ended(3000), checks)).toMatchObject({ result: 'pass', troubles: [] })
})

describe('where nothing was tested, the client has its say', () => {
  const told = (build: (evidence: ReturnType<typeof run>) => unknown) => {
    const evidence = run({ expect: ['stays-connected'], client: { name: 'command', version: './device' } })
    evidence.add(-5000, { who: 'client', what: 'started', device: 1, note: 'id' })
    build(evidence)
    return judge(evidence.ended(0), checks).troubles[0]
  }
  const NOTHING = 'no CONNACK reached the client, so nothing was tested: command ./device'

  test('one that went on without a connection', () => expect(told(() => {})).toBe(`${NOTHING} opened no connection`))

  test('one that ended, with its last words', () =>
    expect(
      told(evidence =>
        evidence
          .add(-4000, { who: 'client', what: 'log', note: 'first' })
          .add(-3000, { who: 'client', what: 'log', note: 'no modem' })
          .add(-3000, { who: 'client', what: 'exited', code: 3, note: 'exit code 3' }),
      ),
    ).toBe(`${NOTHING} ended with exit code 3; its last words: "no modem"`))

  test.each([
    ['Node', ["Error: Cannot find module '/x.js'", '    at resolve (node:internal)', '}', '', 'Node.js v20.20.2'], 0],
    ['Rust', ["thread 'main' panicked at src/main.rs:2:5:", 'no modem', 'note: run with `RUST_BACKTRACE=1`'], 0],
    ['Java', ['Exception in thread "main" java.net.ConnectException: refused', '\tat x.Main.main(Main.java:3)'], 0],
    ['Python', ['Traceback (most recent call last):', '  File "x.py", line 1', 'ModuleNotFoundError: No module'], 2],
    ['C', ['opening the modem', 'no modem: error 5'], 1],
  ])('one in %s, which prints more below its error', (_, lines, said) =>
    expect(
      told(evidence => {
        for (const note of lines) evidence.add(-4000, { who: 'client', what: 'log', note })
        evidence.add(-3000, { who: 'client', what: 'exited', code: 1, note: 'exit code 1' })
      }),
    ).toBe(`${NOTHING} ended with exit code 1; its last words: "${lines[said]}"`),
  )

  test('one that was started again and again', () =>
    expect(
      told(evidence =>
        evidence
          .add(-4000, { who: 'client', what: 'exited', code: 3, note: 'exit code 3' })
          .add(-3000, { who: 'client', what: 'exited', note: 'SIGSEGV' }),
      ),
    ).toBe(`${NOTHING} ended 2 times, the last time with SIGSEGV`))

  test('one that connected, and what its library said where it said nothing itself', () =>
    expect(
      told(evidence =>
        evidence
          .add(-4000, { who: 'link', what: 'open', edge: 'client', from: 'client', conn: 1 })
          .add(-3000, { who: 'client', what: 'error', note: 'refused' }),
      ),
    ).toBe(`${NOTHING} opened a connection; its last words: "refused"`))
})

describe('a fault of another package', () => {
  const powerCut: Fault = {
    name: 'power-cut',
    summary: 'the broker loses its power',
    options: z.unknown(),
    holds: 'order',
    on: () => [{ to: 'broker', do: 'kill' }],
    off: () => [],
  }
  const evidence = run({ expect: ['pings-on-time'] })
    .connect(0)
    .ping(2000)
    .fault('power-cut', 3000, { touched: false })
    .broker(3001, 'killed')
    .ended(12_000)

  test('is proven by what it ordered', () => {
    expect(judge(evidence, checks, new Map([[powerCut.name, powerCut]])).troubles).toEqual([])
  })

  test('is not proven where it is not known', () => {
    expect(judge(evidence, checks).troubles).toEqual(['power-cut#0 never touched a byte, so it proves nothing'])
  })

  test('is not proven by what it did not order', () => {
    const frozen = { ...powerCut, on: () => [{ to: 'broker', do: 'freeze' } as const] }
    expect(judge(evidence, checks, new Map([[powerCut.name, frozen]])).troubles).toHaveLength(1)
  })
})
