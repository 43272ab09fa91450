import { describe, expect, test } from 'vitest'
import { boundsOf, diagnosed, firstOf, rankingOf } from './diagnosed.ts'

const START = 1_732_272_000

/** A log of mosquitto 2.0: each cycle tells what happens, in seconds after its beginning, and how long it is. */
function log(cycles: number, everyS: number, lines: readonly (readonly [number, string])[]): string {
  return Array.from({ length: cycles }, (_, i) => lines.map(([s, text]) => `${START + i * everyS + s}: ${text}`))
    .flat()
    .join('\n')
}

const connect = (k: number, id = 'meter-7') =>
  [0, `New client connected from 10.0.0.5:40001 as ${id} (p2, c1, k${k}).`] as const
const CONNACK = [0, 'Sending CONNACK to meter-7 (0, 0)'] as const

describe('what ends say of the path', () => {
  test('the broker spoke into a silence, and that was the end: T is at most that silence, answered by RST', () => {
    const found = diagnosed(
      log(5, 372, [
        connect(400),
        CONNACK,
        [371, "Sending PUBLISH to meter-7 (d0, q1, r0, m1, 'x', ... (3 bytes))"],
        [371, 'Client meter-7 closed its connection.'],
      ]),
    )
    expect(firstOf(found)[0]).toBe('idle-timeout')
    expect(boundsOf(found)).toMatchObject({ atMostMs: 371_000, behaviour: 'answers-rst' })
  })

  test('a silence that was survived rules out a time-out that is not longer', () => {
    const ping = [60, 120, 180].map(s => [s, 'Received PINGREQ from meter-7'] as const)
    const found = diagnosed(
      log(4, 400, [connect(60), CONNACK, ...ping, [272, 'Client meter-7 has exceeded timeout, disconnecting.']]),
    )
    expect(rankingOf(found)).not.toContain('idle-timeout')
    expect(found.text).toContain('ruled out: the idle time-out')
  })

  test('two are no pattern, and give no advice', () => {
    const found = diagnosed(
      log(2, 612, [connect(300), CONNACK, [452, 'Client meter-7 has exceeded timeout, disconnecting.']]),
    )
    expect(found.diagnosis.subjects).toEqual([])
    expect(found.text).toContain('Too rare for a pattern (fewer than 3 each): meter-7 (2')
    expect(found.text).not.toContain('to do')
  })

  test('ends that scatter go with no idle time-out', () => {
    const text = [50, 90, 130, 200].map(
      (s, i) =>
        `${START + i * i * 437}: ${connect(300)[1]}\n${START + i * i * 437 + s}: Client meter-7 closed its connection.`,
    )
    expect(rankingOf(diagnosed(text.join('\n')))).toEqual([])
  })

  test('a fleet of which each had it once is taken together', () => {
    const text = Array.from({ length: 12 }, (_, i) =>
      log(1, 0, [
        [i * 50, connect(600, `meter-${i}`)[1]],
        [i * 50, `Sending CONNACK to meter-${i} (0, 0)`],
        [i * 50 + 350, `Client meter-${i} closed its connection.`],
      ]),
    )
    const found = diagnosed(text.join('\n'))
    expect(found.diagnosis.subjects).toMatchObject([{ pooled: true }])
    expect(boundsOf(found)).toMatchObject({ atMostMs: 350_000, behaviour: 'closes' })
  })

  test('a client that is refused again and again: its credentials', () => {
    const found = diagnosed(
      log(6, 5, [
        [0, 'Sending CONNACK to meter-7 (0, 5)'],
        [0, 'Client meter-7 disconnected, not authorised.'],
      ]),
    )
    expect(firstOf(found)).toEqual(['refused'])
    expect(found.text).toContain('credentials are refused')
  })

  test('nothing is counted from what the log does not show', () => {
    const found = diagnosed(log(4, 700, [connect(300), [600, 'Client meter-7 has exceeded timeout, disconnecting.']]))
    expect(found.text).not.toContain('after its last packet')
    expect(found.text).toContain('not in this log: packets')
  })
})
