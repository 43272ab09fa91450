/** A capture, and a client's own log, tell that a packet was sent. Only an answer tells that it arrived. */
import { describe, expect, test } from 'vitest'
import { type Diagnosis, diagnose } from '../../src/diagnosis/diagnose.ts'
import { Observer } from '../../src/diagnosis/observe.ts'
import type { LogEvent, SeenBy } from '../../src/logs/log-event.ts'

type Step = Omit<LogEvent, 'atMs' | 'line' | 'seenBy' | 'client'>

const connect: Step = { what: 'connect', keepaliveS: 300 }
const up = (cmd: string): Step => ({ what: 'packet', flow: 'up', cmd })
const down = (cmd: string): Step => ({ what: 'packet', flow: 'down', cmd })

/** The same cycle, six times; dates in seconds since its beginning. */
function told(seenBy: SeenBy, everyS: number, steps: readonly (readonly [number, Step])[]): Diagnosis {
  const observer = new Observer()
  for (let i = 0; i < 6; i++)
    for (const [s, step] of steps)
      observer.observe({ atMs: (i * everyS + s) * 1000, line: 1, seenBy, client: 'pump', ...step })
  return diagnose(observer.finish(), { atLeast: 3, resolutionMs: 1 })
}

const firstOf = ({ subjects }: Diagnosis) => subjects[0]?.ranking[0]?.cause
const boundsOf = ({ subjects }: Diagnosis) => subjects[0]?.ranking[0]?.bounds?.[0]
const survivedMs = ({ subjects }: Diagnosis) => subjects[0]?.facts.survived.mostMs

const BUSY = [
  [0, connect],
  [100, up('PUBLISH')],
  [100.05, down('PUBACK')],
] as const

describe('a silence that the client spoke into', () => {
  test('was not survived where its PINGREQ was not answered, and it gave up', () => {
    const found = told('wire', 560, [
      ...BUSY,
      [400.05, up('PINGREQ')],
      [550, { what: 'end', how: 'ping-unanswered', from: 'client' }],
    ])
    expect(survivedMs(found)).toBe(100_000)
    expect(firstOf(found)).toBe('idle-timeout')
    expect(boundsOf(found)).toMatchObject({ aboveMs: 100_000, atMostMs: 300_000, behaviour: 'silent' })
  })

  test('was not survived where an RST came instead of an answer', () => {
    const found = told('wire', 410, [
      ...BUSY,
      [400.05, up('PINGREQ')],
      [400.1, { what: 'end', how: 'rst', from: 'broker' }],
    ])
    expect(survivedMs(found)).toBe(100_000)
    expect(firstOf(found)).toBe('idle-timeout')
    expect(boundsOf(found)).toMatchObject({ aboveMs: 100_000, atMostMs: 300_000, behaviour: 'answers-rst' })
  })

  test('was not survived where the answer took so long that the path may have been opened anew', () => {
    const found = told('wire', 460, [
      ...BUSY,
      [400.05, up('PINGREQ')],
      [430, down('PINGRESP')],
      [450, { what: 'end', how: 'fin', from: 'broker' }],
    ])
    expect(survivedMs(found)).toBe(100_000)
  })

  test('was survived where the answer came, whatever ended the connection later', () => {
    const found = told('wire', 860, [
      ...BUSY,
      [400.05, up('PINGREQ')],
      [400.1, down('PINGRESP')],
      [700.1, up('PINGREQ')],
      [850, { what: 'end', how: 'ping-unanswered', from: 'client' }],
    ])
    expect(survivedMs(found)).toBe(300_000)
    expect(found.subjects[0]?.ranking.map(({ cause }) => cause)).not.toContain('idle-timeout')
  })

  test("was survived where the broker's own log has the packet: it arrived", () => {
    const found = told('broker', 860, [...BUSY, [400.05, up('PINGREQ')], [850, { what: 'end', how: 'timeout' }]])
    expect(survivedMs(found)).toBe(300_000)
  })

  test('was survived where a client that logs no answers pings again', () => {
    const found = told('client', 1000, [
      [0, connect],
      [300, up('PINGREQ')],
      [600, up('PINGREQ')],
      [900, up('PINGREQ')],
      [950, { what: 'end', how: 'ping-unanswered' }],
    ])
    expect(survivedMs(found)).toBe(300_000)
  })
})
