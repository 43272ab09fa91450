/** A machine that gives too little: a full disk behind stdout, few descriptors, a limited address space. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { narrowAddresses, tooNarrow } from '../../src/terminal/limits.ts'
import { neededAtOnce, roomIn } from '../../src/terminal/require.ts'
import { scenarioOf } from '../engine/scenarios.ts'
import { MAIN, PASSES, PASSES_IN_REAL_TIME, type Project, project } from './halfopen.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`starved commands: HALFOPEN_FUZZ_SEED=${seed}`)

/** One of each, which prints something at once or soon. */
const COMMANDS: Readonly<Record<string, string>> = {
  run: 'run one.yaml',
  judge: 'judge evidence.ndjson',
  compare: 'compare --keepalive 10s --quick',
  ratios: 'ratios --keepalive 1s,2s --phases 1 --traffic idle',
  merge: 'merge shard.json',
  calibrate: 'calibrate --client mqttjs --keepalive 1s,2s --phases 1',
  advise: 'advise --keepalive 60s --middlebox aws-nlb',
  repro: 'repro --middlebox aws-nlb',
  probe: 'probe mqtt://127.0.0.1:PORT --max 1s --connections 4',
  device: 'device --listen 127.0.0.1:0 --wait 1s',
  list: 'list --json',
  init: 'init',
  doctor: 'doctor',
  peers: 'peers --list',
  proxy: 'proxy --listen 127.0.0.1:0',
  show: 'show --print',
  completion: 'completion bash',
}

test('every command is among them', () => {
  const root = program()
  const names = root
    .createHelp()
    .visibleCommands(root)
    .map(command => command.name())
  expect(names.filter(name => name !== 'help').sort()).toEqual(Object.keys(COMMANDS).sort())
})

/** In a shell: `limit` goes before it, `redirect` behind. */
const start = ({ dir }: Project, command: string, limit = '', redirect = '') =>
  execa('sh', ['-c', `${limit} exec "$NODE" "$MAIN" ${command} ${redirect}`], {
    cwd: dir,
    env: { NODE: process.execPath, MAIN, NO_COLOR: '1', CI: undefined, GITHUB_ACTIONS: undefined },
    reject: false,
    timeout: 90_000,
  })

/** What says a thing, not what announces one. */
const complaints = (stderr: string): readonly string[] =>
  stderr.split('\n').filter(line => /^(halfopen|error): /.test(line))

function expectNoneOfNodes(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at |node:internal|Node\.js v|errno:|Fatal|RangeError|<JS/m)
}

/** Those that need no more than a file or two; the others have their own place, or a broker, to print about. */
const PRINTING = ['run', 'compare', 'advise', 'repro', 'device', 'list', 'init', 'doctor', 'peers', 'proxy'] as const

describe.concurrent('a standard output', { timeout: 120_000 }, () => {
  test.each(PRINTING)('that is full is one message and exit code 3: %s', async name => {
    await using home = await project({ 'one.yaml': PASSES })
    const { exitCode, stderr } = await start(home, COMMANDS[name] ?? '', '', '>/dev/full')
    expect(complaints(stderr)).toEqual(["halfopen: standard output can't be written: no space left on device (ENOSPC)"])
    expectNoneOfNodes(stderr)
    expect(exitCode).toBe(3)
  })

  test.each(['--help', '--version', 'run --help'])('that is full, of halfopen %s', async args => {
    await using home = await project()
    const { exitCode, stderr } = await start(home, args, '', '>/dev/full')
    expect([exitCode, complaints(stderr).length]).toEqual([3, 1])
  })

  test('that nobody reads any more needs no words: 141, as a shell counts SIGPIPE', async () => {
    await using home = await project()
    const { stdout } = await execa('bash', ['-c', `"$NODE" "$MAIN" list --json | true; echo \${PIPESTATUS[0]}`], {
      cwd: home.dir,
      env: { NODE: process.execPath, MAIN },
      all: true,
    })
    expect(stdout).toBe('141')
  })

  test('that is full and should take the JUnit report is named', async () => {
    await using home = await project({ 'one.yaml': PASSES })
    const { exitCode, stderr } = await start(home, 'run one.yaml --lab simulated --junit /dev/full')
    expect([exitCode, complaints(stderr)]).toEqual([
      3,
      ["halfopen: the report can't be written to /dev/full: no space left on device (ENOSPC)"],
    ])
  })

  test('that is full changes nothing where nothing was said there', async () => {
    await using home = await project()
    const { exitCode, stderr } = await start(home, 'advise', '', '>/dev/full')
    expect([exitCode, complaints(stderr)]).toEqual([1, ['error: advise needs --keepalive, or scenario files']])
  })

  test('and a standard error that are full leave the exit code', async () => {
    await using home = await project()
    expect((await start(home, 'list', '', '>/dev/full 2>/dev/full')).exitCode).toBe(3)
    expect((await start(home, 'nonsense', '', '2>/dev/full')).exitCode).toBe(3)
  })
})

describe.concurrent('few descriptors', { timeout: 120_000 }, () => {
  test.each(Object.entries(COMMANDS))('are one message and exit code 3: %s', async (name, command) => {
    await using home = await project({ 'one.yaml': PASSES })
    const limits = [22, 32, 64, 128, 200]
    const chosen = process.env.HALFOPEN_SLOW ? limits : [limits[name.length % limits.length] ?? 64]
    for (const limit of chosen) {
      const { exitCode, stderr, stdout } = await start(home, command, `ulimit -n ${limit};`)
      expect(stderr).toMatch(/^halfopen: only \d+ files may be open, and 240 are needed: ulimit -n 512$/)
      expect([exitCode, stdout]).toEqual([3, ''])
    }
  })

  test('make a suite wait its turn, and the others pass', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`many/${i}.yaml`, PASSES_IN_REAL_TIME.replace('a broker', `broker ${i}`)]),
    )
    await using home = await project(files)
    const { exitCode, stdout, stderr } = await start(home, 'run many', 'ulimit -n 300;')
    expect(stderr).toMatch(
      /^halfopen: 2\d\d files may be open, so \d+ of 12 are played at once; all with ulimit -n 512$/m,
    )
    expect(stdout).toContain('12 passed')
    expect(exitCode).toBe(0)
  })

  test('that do for no fleet of that size are told with its name', async () => {
    const fleet = PASSES_IN_REAL_TIME.replace(
      '{ name: silent, keepalive: 1s }',
      '{ name: mqttjs, keepalive: 1s, count: 100 }',
    )
    await using home = await project({ 'fleet.yaml': fleet.replace('broker-drops-client', 'stays-connected') })
    const { exitCode, stderr } = await start(home, 'run fleet.yaml', 'ulimit -n 400;')
    expect(stderr).toMatch(
      /^error: 'a broker drops a silent client': only \d+ files may be open, and 836 are needed: ulimit -n 1024$/,
    )
    expect(exitCode).toBe(3)
    // Nothing was played, so there is nothing to keep.
    expect(existsSync(join(home.dir, '.halfopen'))).toBe(false)
  })

  test('are too few for measurements', async () => {
    await using home = await project()
    const wanting: readonly (readonly [string, number])[] = [
      [COMMANDS.calibrate ?? '', 1800],
      ['ratios --clients mqttjs --brokers aedes', 1450],
      ['compare --lab local --keepalive 4s', 1028],
      ['probe mqtt://127.0.0.1:9 --connections 400', 464],
    ]
    for (const [command, needed] of wanting) {
      const { exitCode, stderr } = await start(home, command, 'ulimit -n 400;')
      expect(stderr).toMatch(
        new RegExp(`^error: only \\d+ files may be open, and ${needed} are needed: ulimit -n \\d+$`),
      )
      expect(exitCode).toBe(3)
    }
  })

  test('are what doctor tells of, with the command that allows more', async () => {
    await using home = await project()
    const { stdout, exitCode } = await start(home, 'doctor', 'ulimit -n 400;')
    expect(stdout).toMatch(/--\s+descriptors\s+only 3\d\d files may be open/)
    expect(stdout).toContain('ulimit -n 4096')
    expect(exitCode).toBe(0)
    expect((await start(home, 'doctor')).stdout).toMatch(/ok\s+address space\s+not limited/)
  })
})

describe.skipIf(process.platform !== 'linux').concurrent('a limited address space', { timeout: 120_000 }, () => {
  const limited = (gb: number) => `ulimit -v ${gb * 2 ** 20};`
  test.each([
    ['list --faults', 1.5, 2],
    ['run one.yaml', 1.5, 2],
    ['run one.yaml', 4, 40],
    ['run one.yaml', 20, 40],
    ['proxy --listen 127.0.0.1:0', 4, 14],
    ['compare --keepalive 10s --quick --jobs 8', 4, 10],
  ])('is one message and exit code 3: %s in %d GB', async (command, gb, needed) => {
    await using home = await project({ 'one.yaml': PASSES })
    const { exitCode, stderr, stdout } = await start(home, command, limited(gb))
    expect(stderr).toMatch(
      new RegExp(
        `^(halfopen|error): the address space is limited to ${gb} GB, and ${needed} GB are reserved here, .*$`,
      ),
    )
    expectNoneOfNodes(stderr)
    expect([exitCode, stdout]).toEqual([3, ''])
  })

  test('that is wide enough is none', async () => {
    await using home = await project({ 'one.yaml': PASSES })
    expect((await start(home, 'run one.yaml', limited(41))).exitCode).toBe(0)
    expect((await start(home, 'list --faults', limited(2))).exitCode).toBe(0)
  })
})

test('whatever is limited, a command tells so in its own words', { timeout: 600_000 }, async () => {
  await using home = await project({ 'one.yaml': PASSES })
  const one = fc.record({
    command: fc.constantFrom('run one.yaml', 'list', 'doctor', 'repro --middlebox aws-nlb', 'advise --keepalive 60s'),
    descriptors: fc.integer({ min: 20, max: 600 }),
    gb: fc.option(fc.integer({ min: 1, max: 60 })),
    full: fc.boolean(),
  })
  for (const each of fc.sample(one, { seed, numRuns: process.env.HALFOPEN_SLOW ? 100 : 8 })) {
    const limit = `ulimit -n ${each.descriptors};${each.gb === null ? '' : ` ulimit -v ${each.gb * 2 ** 20};`}`
    const { exitCode, stderr } = await start(home, each.command, limit, each.full ? '>/dev/full' : '')
    expectNoneOfNodes(stderr)
    expect([0, 3], `${JSON.stringify(each)}: ${stderr}`).toContain(exitCode)
    expect(complaints(stderr).length).toBeLessThanOrEqual(2)
    if (exitCode === 3) expect(complaints(stderr).length).toBeGreaterThan(0)
  }
})

describe('room for scenarios', () => {
  const fleets = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 50 })
  const suite = (counts: readonly number[]) => counts.map(count => scenarioOf({ client: { count }, until: '1s' }))

  test('is never overdrawn, and never left empty', () => {
    const holds = (counts: readonly number[], free: number, most: number) => {
      const scenarios = suite(counts)
      const asked = Math.min(most, scenarios.length)
      if (neededAtOnce(scenarios, 1) > free)
        return void expect(() => roomIn(free, scenarios, most)).toThrow('ulimit -n')
      const { jobs, note } = roomIn(free, scenarios, most)
      expect(neededAtOnce(scenarios, Math.min(jobs, asked))).toBeLessThanOrEqual(free)
      expect(jobs < asked).toBe(note !== undefined)
      if (jobs < asked) expect(neededAtOnce(scenarios, jobs + 1)).toBeGreaterThan(free)
    }
    fc.assert(fc.property(fleets, fc.integer({ min: 240, max: 9000 }), fc.integer({ min: 1, max: 200 }), holds), {
      seed,
      numRuns: 300,
    })
  })

  test('is not counted where the system tells no limit', () => {
    expect(roomIn(Infinity, suite([1000]), 200)).toEqual({ jobs: 200 })
    expect(tooNarrow({ descriptors: Infinity, addressBytes: Infinity })).toBeUndefined()
    expect(narrowAddresses(Infinity, 1)).toBeUndefined()
  })
})

test('the file that comes first asks for nothing before it knows its limits', () => {
  for (const file of ['cli/main.ts', 'terminal/limits.ts', 'processes/soft-limits.ts']) {
    const text = readFileSync(join(import.meta.dirname, '../../src', file), 'utf8')
    const imported = text.match(/^import .* from '(?!node:|\.\.\/processes\/soft-limits\.ts').*$/gm)
    expect(imported, file).toBeNull()
  }
})
