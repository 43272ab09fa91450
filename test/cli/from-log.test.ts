import { createReadStream } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { MAIN, project, REPOSITORY } from './halfopen.ts'

const field = (name: string) => join(REPOSITORY, 'test/fixtures/field', name)
const L12 = field('logs/L12-carrier-control.log')
const BOUNDS = 'T is above 60 s and at most 300 s'

describe('halfopen repro --from-log', () => {
  test('tells the causes, and a scenario that loads', async () => {
    await using home = await project()
    const { stdout, exitCode } = await home.run([
      'repro',
      '--from-log',
      L12,
      '--write',
      'bug.yaml',
      '--html',
      'out/page.html',
    ])
    expect(stdout).toContain(BOUNDS)
    expect(stdout).toContain('lab: simulated')
    expect(exitCode).toBe(0)
    expect(await readFile(join(home.dir, 'out/page.html'), 'utf8')).toContain(BOUNDS)
    const played = await home.run(['run', 'bug.yaml'])
    expect(played.stdout).toContain('stays-connected')
    expect(played.exitCode).toBe(4)
  })

  test.runIf(process.platform === 'linux')(
    'a disk that is full is no wrong usage, a name that is taken is',
    async () => {
      await using home = await project({ 'bug.yaml': 'mine' })
      const full = await home.run(['repro', '--from-log', L12, '--html', '/dev/full'])
      expect([full.exitCode, full.stderr]).toEqual([
        3,
        "error: --html: /dev/full can't be written: no space left on device (ENOSPC)",
      ])
      const taken = await home.run(['repro', '--from-log', L12, '--write', 'bug.yaml'])
      expect(taken.exitCode).toBe(1)
    },
  )

  test('as JSON', async () => {
    await using home = await project()
    const { stdout } = await home.run(['repro', '--from-log', L12, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      halfopen: 1,
      log: { programs: [{ name: 'mosquitto' }] },
      findings: [
        {
          clients: ['pump-9'],
          keepalive_s: 300,
          ranking: [
            {
              rank: 1,
              cause: 'idle-timeout',
              idle_timeout: [{ above_ms: 60_000, at_most_ms: 300_000, behaviour: 'silent' }],
            },
            {},
          ],
        },
      ],
    })
  })

  test('unpacks gzip, whatever the name, and reads standard input', async () => {
    await using home = await project()
    await writeFile(join(home.dir, 'a.log'), gzipSync(await readFile(L12)))
    expect((await home.run(['repro', '--from-log', 'a.log'])).stdout).toContain(BOUNDS)
    const piped = await execa(process.execPath, [MAIN, 'repro', '--from-log', '-'], {
      input: createReadStream(L12),
      reject: false,
    })
    expect(piped.stdout).toContain(BOUNDS)
  })

  test.each([
    ['nothing.log', "can't be read: there is no such file"],
    ['.', "can't be read: it is a directory"],
    ['short.gz', "can't be read: its gzip ends in the middle"],
    ['strange.log', 'none of 1 lines is in the words of a broker or client that halfopen knows'],
    ['empty.log', 'it is empty'],
    ['a.xz', "can't be read: it is compressed with xz: xz -dc FILE"],
  ])('%s: one line, exit code 2', async (file, words) => {
    await using home = await project({ 'strange.log': 'hello\n', 'empty.log': '' })
    await writeFile(join(home.dir, 'short.gz'), gzipSync('x'.repeat(1000)).subarray(0, 15))
    await writeFile(join(home.dir, 'a.xz'), Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]))
    const { stderr, exitCode } = await home.run(['repro', '--from-log', file])
    expect(stderr).toMatch(new RegExp(`^error: ${file}:? `))
    expect(stderr).toContain(words)
    expect(exitCode).toBe(2)
  })

  test('a client that is not in it: the nearest name', async () => {
    await using home = await project()
    await copyFile(L12, join(home.dir, 'a.log'))
    const { stderr, exitCode } = await home.run(['repro', '--from-log', 'a.log', '--client-id', 'pump-8'])
    expect(stderr).toContain("no client called 'pump-8' connects in it. Did you mean 'pump-9'?")
    expect(exitCode).toBe(2)
  })

  test('two days of one message a second, in bounded memory', async () => {
    await using home = await project()
    const lines = ['1717200000: New client connected from 10.0.0.5:4000 as chatty (p2, c1, k60).']
    for (let i = 1; i < 172_800; i++)
      lines.push(`${1_717_200_000 + i}: Received PUBLISH from chatty (d0, q0, r0, m0, 's/1', ... (20 bytes))`)
    for (let j = 0; j < 4; j++) {
      const end = 1_717_200_000 + 172_860 + j * 300
      lines.push(
        `${end + 90}: Client chatty has exceeded timeout, disconnecting.`,
        `${end + 95}: New client connected from 10.0.0.5:${4001 + j} as chatty (p2, c1, k60).`,
      )
      lines.push(`${end + 96}: Received PUBLISH from chatty (d0, q0, r0, m0, 's/1', ... (20 bytes))`)
    }
    await writeFile(join(home.dir, 'big.log'), lines.join('\n'))
    const { stdout, exitCode } = await home.run(['repro', '--from-log', 'big.log'], {
      NODE_OPTIONS: '--max-old-space-size=64',
    })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Client chatty (10.0.0.5): 5 sessions')
  })
})
