import fc from 'fast-check'
import { describe, expect, vi } from 'vitest'
import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import { reportText } from '../../../src/commands/probe/probe-text.ts'
import { it, type Time } from '../../doubt/test.ts'
import { HOSTILE, hostileServer } from '../../hostile/servers.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`a probe of hostile servers: HALFOPEN_FUZZ_SEED=${seed}`)

// Servers that flood keep this thread busy, and what answers late is taken for silence.
vi.setConfig({ maxConcurrency: 3 })

const MAX_MS = 1000
const PATIENCE_MS = 400
/** What floods is told by what it sends, and not by the clock: time enough to read 64 KiB on any machine. */
const FLOODED_MS = 10_000
/** Beside other tests on two cores. */
const BUSY_MS = 3000

interface Asked {
  readonly port: number
  readonly signal?: AbortSignal
  readonly tls?: boolean
  readonly patienceMs?: number
}

/** The report in words, or the error; it comes within so long. */
async function outcome(
  time: Time,
  { port, tls = false, patienceMs = PATIENCE_MS, signal = new AbortController().signal }: Asked,
  latestMs = LONGEST_MS,
) {
  const startMs = time.nowMs()
  const words = await probe({
    target: { host: '127.0.0.1', port, tls },
    clock: realClock(),
    id: 'hphostile',
    maxMs: MAX_MS,
    connections: 12,
    patienceMs,
    signal,
    progress: () => {},
  }).then(reportText, (error: Error) => error.message)
  time.took('the probe', startMs, { latestMs, spareMs: BUSY_MS })
  return { words }
}

/** Connection, CONNACK, SUBACK, message; then the silences, and what their connections are asked. */
const LONGEST_MS = 5 * PATIENCE_MS + 1.3 * MAX_MS + 3 * PATIENCE_MS + BUSY_MS

const WORDS: Readonly<Record<string, RegExp>> = {
  'never answers': /does not answer a CONNECT within 0\.4 s$/,
  'does not even read': /does not answer a CONNECT within 0\.4 s$/,
  'closes at once': /refuses: it closes the connection|was closed at once/,
  'resets at once': /refuses: it closes the connection|ECONNRESET|was closed at once/,
  'closes at the first word': /refuses: it closes the connection instead of sending CONNACK$/,
  'answers garbage': /is no MQTT broker: what it answers is no MQTT/,
  'answers HTML': /is no MQTT broker: what it answers is no MQTT/,
  'speaks TLS only': /refuses: it closes the connection|is no MQTT/,
  'answers a byte at a time': /does not answer a CONNECT within 0\.4 s$/,
  'answers as a broker does, a byte a second': /does not answer a CONNECT within 0\.4 s$/,
  'floods before anything is said': /is no MQTT broker: it sends more than a broker has to answer/,
  'floods within one packet': /is no MQTT broker: it sends more than a broker has to answer/,
  'accepts, and never answers again': /silences: the network was down/,
  'accepts, and floods': /Nothing is known yet/,
}

describe.concurrent('a probe of what is no broker ends in time with its reason', () => {
  it.for(Object.keys(HOSTILE))('that %s', async (name, { time }) => {
    await using server = await hostileServer(HOSTILE[name] ?? expect.fail(name))
    const startMs = time.nowMs()
    const patienceMs = name.includes('flood') ? FLOODED_MS : PATIENCE_MS
    const { words } = await outcome(time, { port: server.port, patienceMs })
    // An answer that comes later than the patience is none.
    time.unlessStill(PATIENCE_MS / 2, startMs, () => expect(words).toMatch(WORDS[name] ?? /^$/))
    // What it may say to each connection, and what the kernel takes in besides: 2.5 MB on the loopback of Linux.
    expect(server.sentBytes).toBeLessThan(12 * 8 * 2 ** 20)
  })

  it.for(['never answers', 'answers HTML', 'closes at once', 'floods before anything is said'])(
    'where TLS was expected, and it %s',
    async (name, { time }) => {
      await using server = await hostileServer(HOSTILE[name] ?? expect.fail(name))
      const { words } = await outcome(time, { ...server, port: server.port, tls: true })
      expect(words).toMatch(/^mqtts:\/\/127\.0\.0\.1:\d+ can't be reached: (no TLS within 0\.4 s|TLS: |.+)$/)
      expect(words).not.toMatch(/OpenSSL|SSL routines|\.c:\d/)
    },
  )

  it('where nobody listens', async ({ time }) => {
    const gone = await hostileServer(() => {})
    await gone[Symbol.asyncDispose]()
    expect((await outcome(time, gone)).words).toMatch(/can't be reached: connect ECONNREFUSED/)
  })

  it.for(Object.keys(HOSTILE))('at once when it is stopped, though it %s', async (name, { time }) => {
    await using server = await hostileServer(HOSTILE[name] ?? expect.fail(name))
    const stop = new AbortController()
    const connected = server.connected()
    const probing = outcome(time, { ...server, port: server.port, signal: stop.signal })
    await connected
    const stoppedMs = time.nowMs()
    stop.abort()
    await probing
    time.took('the end', stoppedMs, { latestMs: BUSY_MS, spareMs: BUSY_MS })
  })
})

it('an answer that came before the question is none', async ({ time }) => {
  // CONNACK and PINGRESP in one piece: the broker is silent from then on.
  await using server = await hostileServer((socket, write) => {
    socket.once('data', () => write(Buffer.from([0x20, 2, 0, 0, 0xd0, 0])))
  })
  const { words } = await outcome(time, { port: server.port })
  expect(words).toContain('silences: the broker spoke by itself')
  expect(words).not.toContain('No idle time-out')
})

/** What a server may do with a connection, one after the other. */
const act = fc.oneof(
  fc.record({ wait: fc.nat({ max: 300 }) }),
  fc.record({ bytes: fc.uint8Array({ maxLength: 64 }) }),
  fc.constantFrom({ bytes: [0x20, 2, 0, 0] }, { bytes: [0x20, 3, 0, 0, 0] }, { bytes: [0xd0, 0] }),
  fc.constantFrom({ bytes: [0x90, 3, 0, 1, 0] }, { end: 'fin' as const }, { end: 'rst' as const }),
)
const script = fc.record({ acts: fc.array(act, { maxLength: 8 }), stopMs: fc.option(fc.nat({ max: 1500 })) })

it('whatever a server does, a probe of it ends in time', { timeout: 240_000 }, async ({ time }) => {
  const holds = async ({ acts, stopMs }: Parameters<Parameters<typeof script.map>[0]>[0]) => {
    await using server = await hostileServer(async (socket, write) => {
      for (const each of acts) {
        if ('wait' in each) await new Promise(resolve => setTimeout(resolve, each.wait))
        else if ('bytes' in each) write(Buffer.from(each.bytes))
        else if (each.end === 'fin') socket.end()
        else socket.resetAndDestroy()
      }
    })
    const signal = stopMs === null ? undefined : AbortSignal.timeout(stopMs)
    const latestMs = Math.min(LONGEST_MS, stopMs === null ? Infinity : stopMs + BUSY_MS)
    const { words } = await outcome(time, { port: server.port, ...(signal ? { signal } : {}) }, latestMs)
    expect(words).not.toMatch(/undefined|\[object/)
  }
  // Ten at a time: each of them mostly waits.
  const rounds = process.env.HALFOPEN_SLOW ? 30 : 2
  const scripts = fc.sample(script, { seed, numRuns: rounds * 10 })
  for (let round = 0; round < rounds; round++) await Promise.all(scripts.slice(round * 10, round * 10 + 10).map(holds))
})
