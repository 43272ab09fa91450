import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { simulated } from '../../src/labs/simulated.ts'
import { milliseconds } from '../../src/model/duration.ts'
import { peers, played, type Sketch } from './play.ts'
import { timeline } from './timeline.ts'

const run = promisify(execFile)
const FINGERPRINT = join(import.meta.dirname, 'fingerprint.js')

/** Jitter, chance, order and coming back all have a say in it. */
const BUSY: Sketch = {
  keepaliveS: 30,
  jitterMs: 15,
  count: 2,
  untilMs: 200_000,
  traffic: { publishing: { qos: 1, every: milliseconds(7000) } },
  troubles: [{ atMs: 50_000, forMs: 60_000, fault: 'blackhole' }],
}

const hash = async (command: string, args: string[]): Promise<string[]> =>
  JSON.parse((await run(command, [FINGERPRINT, ...args], { encoding: 'utf8' })).stdout).hashes

describe('the same seed gives the same evidence', () => {
  test('to the byte, twenty times in a row, and another seed another', async () => {
    const first = JSON.stringify(await played(BUSY))
    for (let time = 1; time < 20; time++) expect(JSON.stringify(await played(BUSY))).toBe(first)
    expect(timeline(await played(BUSY, { seed: 2 }))).not.toBe(timeline(await played(BUSY)))
  })

  test('with two hundred simulations at once, each of its own seed', async () => {
    const lab = simulated.create(peers)
    const seeds = Array.from({ length: 200 }, (_, index) => index % 50)
    const together = await Promise.all(seeds.map(async seed => timeline(await played(BUSY, { seed, lab }))))
    for (const seed of [0, 7, 49]) {
      const alone = timeline(await played(BUSY, { seed, lab }))
      for (const [index, text] of together.entries()) if (index % 50 === seed) expect(text).toBe(alone)
    }
    expect(new Set(together).size).toBe(50)
  })

  test('in fresh processes, also where the program had loaded MQTT.js before', async () => {
    const args = [['1'], ['1'], ['1', '20'], ['1', '1', '--mqtt-first']]
    const hashes = await Promise.all(args.map(given => hash(process.execPath, given)))
    expect(new Set(hashes.flat()).size).toBe(1)
  })

  // Needs the network; CI runs the goldens on every version as well.
  test.runIf(process.env.HALFOPEN_SLOW || process.env.HALFOPEN_REQUIRE === 'all')(
    'on other versions of Node',
    { timeout: 300_000 },
    async () => {
      const [here] = await hash(process.execPath, ['1'])
      for (const version of ['22', '24']) {
        const node = ['exec', '--yes', '--package', `node@${version}`, '--', 'node', '-p', 'process.execPath']
        const path = (await run('npm', node, { encoding: 'utf8' })).stdout.trim().split('\n').at(-1) ?? ''
        expect(await hash(path, ['1', '5'])).toEqual([here])
      }
    },
  )
})

test('a thousand simulations leave no memory behind', { timeout: 120_000 }, async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const lab = simulated.create(peers)
  const thousandth = { keepaliveS: 60, untilMs: 300_000, troubles: [{ atMs: 100_000, fault: 'blackhole' }] }
  const heapAfter = async (count: number) => {
    for (let done = 0; done < count; done++) await played(thousandth, { lab })
    collect()
    return process.memoryUsage().heapUsed
  }
  const warm = await heapAfter(300)
  const later = await heapAfter(1000)
  // One leaked client is some 30 kB.
  expect((later - warm) / 1000).toBeLessThan(2000)
})
