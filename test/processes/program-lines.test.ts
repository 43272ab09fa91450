import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answersConnect } from '../../src/peers/brokers/broker-probe.ts'
import { startProgram as startBroker } from '../../src/peers/brokers/program/start-broker.ts'
import { startProgram } from '../../src/peers/clients/program/client-program.ts'
import { LONGEST_LINE, ProgramLineSplitter, readLines } from '../../src/processes/program-lines.ts'
import { hostileServer } from '../hostile/servers.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`lines of programs: HALFOPEN_FUZZ_SEED=${seed}`)

const linesOf = (pieces: readonly Uint8Array[]): string[] => {
  const lines: string[] = []
  const splitter = new ProgramLineSplitter(line => lines.push(line))
  for (const piece of pieces) splitter.push(Buffer.from(piece))
  splitter.end()
  return lines
}

/** In pieces of these sizes, over and over. */
function piecesOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

describe('the lines of a program', () => {
  it('are the same however the pipe cuts them into pieces', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '🚪', ' ', '\t', '\u2028', '\0'), maxLength: 40 })
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    const end = fc.constantFrom('\n', '\r\n')
    const holds = (lines: readonly string[], sizes: readonly number[], end: string) => {
      const bytes = Buffer.from(lines.map(text => text + end).join(''))
      expect(linesOf(piecesOf(bytes, sizes))).toEqual(lines)
    }
    fc.assert(fc.property(fc.array(line), sizes, end, holds), {
      seed,
      numRuns: process.env.HALFOPEN_SLOW ? 20_000 : 1000,
    })
  })

  it('hold the last one too, where no end came', () => {
    expect(linesOf([Buffer.from('a\nb')])).toEqual(['a', 'b'])
    expect(linesOf([Buffer.from('a\n')])).toEqual(['a'])
    expect(linesOf([])).toEqual([])
  })

  it('are cut at 64 KiB, and the next one is whole again', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 3 * LONGEST_LINE }), { minLength: 1, maxLength: 6 })
    const holds = (each: readonly number[], size: number) => {
      const texts = each.map((length, i) => String(i % 10).repeat(length))
      const lines = linesOf(piecesOf(Buffer.from(texts.map(text => `${text}\n`).join('')), [size]))
      expect(lines).toEqual(texts.map(text => text.slice(0, LONGEST_LINE)))
    }
    fc.assert(fc.property(lengths, fc.integer({ min: 1000, max: 100_000 }), holds), { seed, numRuns: 30 })
  })
})

const BYTES = process.env.HALFOPEN_SLOW ? 2 ** 30 : 300 * 2 ** 20
/** `x` without an end, then a line. */
const POURS = `head -c ${BYTES} /dev/zero | tr '\\0' x; echo; echo done`
/** What is not collected yet; far less than what was said. */
const MOST_GROWN = 150 * 2 ** 20

/** How much more memory this process has than before, at most, while `act` goes on. */
async function grown(act: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 10)
  await act().finally(() => clearInterval(timer))
  return most - before
}

describe('a program that says very much without the end of a line fills no memory', () => {
  it('on a pipe', { timeout: 120_000 }, async () => {
    const lines: string[] = []
    const bytes = await grown(async () => {
      const child = spawn('sh', ['-c', POURS], { stdio: ['ignore', 'pipe', 'inherit'] })
      readLines(child.stdout, line => lines.push(line))
      await once(child, 'close')
    })
    expect(lines.map(line => line.length)).toEqual([LONGEST_LINE, 4])
    expect(lines.at(-1)).toBe('done')
    expect(bytes).toBeLessThan(MOST_GROWN)
  })

  it('as a client, on both of its outputs', { timeout: 120_000 }, async () => {
    const said: string[] = []
    const complained: string[] = []
    const bytes = await grown(async () => {
      await using program = await startProgram({
        command: ['sh', '-c', `(${POURS}) >&2; ${POURS}`],
        env: { ...process.env },
        onOutput: line => said.push(line),
        onComplaint: line => complained.push(line),
        onTrouble: note => complained.push(note),
      })
      await program.ended
      await expect.poll(() => [said.at(-1), complained.at(-1)], { timeout: 60_000 }).toEqual(['done', 'done'])
    })
    expect(bytes).toBeLessThan(MOST_GROWN)
  })

  it('as a broker that does not start', { timeout: 120_000 }, async () => {
    const bytes = await grown(async () => {
      const starting = startBroker({
        name: 'pourer',
        version: '1.0.0',
        prepare: () => ({ command: ['sh', '-c', `${POURS}; exit 3`] }),
        read: () => [],
      })
      await expect(starting).rejects.toThrow('pourer did not start: done')
    })
    expect(bytes).toBeLessThan(MOST_GROWN)
  })
})

it('what answers a CONNECT without an end is no broker', async () => {
  const pour = Buffer.alloc(64 * 1024)
  await using server = await hostileServer((socket, write) => {
    write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))
    const more = () => {
      while (!socket.destroyed && write(pour));
    }
    socket.on('drain', more)
    more()
  })
  expect(await answersConnect({ host: '127.0.0.1', port: server.port })).toBe(false)
  expect(server.sentBytes).toBeLessThan(8 * 2 ** 20)
})
