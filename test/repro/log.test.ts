import { describe, expect, it } from 'vitest'
import { patternsIn } from '../../src/repro/log/pattern.ts'
import { readLog } from '../../src/repro/log/sessions.ts'
import { logText } from '../../src/repro/log/text.ts'

const GOLDEN = `${import.meta.dirname}/../golden/repro`
const START = 1_732_272_000

/** A log of mosquitto 2.0: each cycle tells what happens, in seconds after its beginning, and how long it is. */
function log(cycles: number, everyS: number, lines: readonly (readonly [number, string])[]): string {
  return Array.from({ length: cycles }, (_, i) => lines.map(([s, text]) => `${START + i * everyS + s}: ${text}`))
    .flat()
    .join('\n')
}

const connect = (k: number) => [0, `New client connected from 10.0.0.5:40001 as meter-7 (p2, c1, k${k}).`] as const
const CONNACK = [0, 'Sending CONNACK to meter-7 (0, 0)'] as const
const ping = (s: number) =>
  [
    [s, 'Received PINGREQ from meter-7'],
    [s, 'Sending PINGRESP to meter-7'],
  ] as const

const LOGS: Readonly<Record<string, string>> = {
  'log-silent': log(4, 612, [
    connect(300),
    CONNACK,
    [100, "Received PUBLISH from meter-7 (d0, q0, r0, m0, 'x', ... (3 bytes))"],
    [552, 'Client meter-7 has exceeded timeout, disconnecting.'],
  ]),
  'log-closed-at-expiry': log(6, 122, [
    connect(60),
    CONNACK,
    ...ping(60),
    [120, 'Client meter-7 closed its connection.'],
  ]),
  'log-answered': log(5, 372, [
    connect(400),
    CONNACK,
    [371, "Sending PUBLISH to meter-7 (d0, q1, r0, m1, 'x', ... (3 bytes))"],
    [371, 'Client meter-7 closed its connection.'],
  ]),
  'log-taken-over': log(5, 401, [
    connect(400),
    CONNACK,
    [401, 'Client meter-7 already connected, closing old connection.'],
  ]),
  'log-healthy': `${log(1, 0, [connect(60), CONNACK, ...[60, 120, 180, 240].flatMap(s => ping(s)), [250, 'Received DISCONNECT from meter-7'], [250, 'Client meter-7 disconnected.']])}`,
}

describe('what a log of mosquitto says', () => {
  it.each(Object.entries(LOGS))('%s', async (name, text) => {
    const read = readLog(text)
    await expect(logText(read, patternsIn(read.sessions, 3))).toMatchFileSnapshot(`${GOLDEN}/${name}.txt`)
  })

  it('a silence that was survived bounds the time-out from below', () => {
    const { patterns } = patternsIn(readLog(LOGS['log-silent'] ?? '').sessions, 3)
    expect(patterns).toMatchObject([{ cause: 'timeout', count: 4, aboveMs: 100_000, atMostMs: 300_000 }])
  })

  it('reads ISO dates, and leaves out lines that have none', () => {
    const text = `2026-09-29T08:58:29+0000: New client connected from 1.2.3.4:5 as a (p2, c1, k60).\nClient a closed its connection.\n`
    expect(readLog(text)).toMatchObject({
      dated: 1,
      sessions: [{ clientId: 'a', keepaliveS: 60, fromMs: 1_790_672_309_000 }],
    })
  })

  it('two are no pattern', () => {
    const text = log(2, 612, [connect(300), CONNACK, [452, 'Client meter-7 has exceeded timeout, disconnecting.']])
    expect(patternsIn(readLog(text).sessions, 3).patterns).toEqual([])
  })

  it('ends that scatter are none either', () => {
    const text = [50, 90, 130, 200]
      .map(
        (s, i) =>
          `${START + i * 400}: ${connect(300)[1]}\n${START + i * 400 + s}: Client meter-7 closed its connection.`,
      )
      .join('\n')
    expect(patternsIn(readLog(text).sessions, 3).patterns).toEqual([])
  })
})
