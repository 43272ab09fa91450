/**
 * Fault injection on halfopen itself: a random failure at a random moment of a random command. It leaves nothing, ends with the exit
 * code that the README promises and with words of its own, and no peer fails for it.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { MAIN, type Project, project, shellCode } from '../cli/halfopen.ts'
import { HOSTILE, hostileServer } from '../hostile/servers.ts'
import { some } from '../some.ts'
import { COMMANDS, FAILURES, type Failure, FILES, PARTS, SIGNALS } from './cases.ts'
import { MARK, marked, signal } from './marked.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`failures of halfopen itself: HALFOPEN_FUZZ_SEED=${seed}`)

// They mostly wait, but each starts a dozen processes.
vi.setConfig({ maxConcurrency: 3 })

const isRoot = process.getuid?.() === 0
/** For what a machine does meanwhile: beside others on two cores a command starts slowly. */
const LIMIT_MS = 240_000
const STOOD_MS = 3000

interface Case {
  readonly command: string
  readonly failure: Failure
  readonly atMs: number
}

const cases = fc.sample(
  fc.record<Case>({
    command: fc.constantFrom(...Object.keys(COMMANDS), 'run', 'run', 'run', 'ratios', 'device'),
    failure: fc.constantFrom(...FAILURES),
    atMs: fc.oneof(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 700, max: 5000 })),
  }),
  { seed, numRuns: process.env.HALFOPEN_SLOW ? 100 : 12 },
)

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const commandOf = ({ command }: Case) => COMMANDS[command] ?? expect.fail(command)

/** In a mount namespace of its own, where evidence and temporary files have no room. */
const TIGHT = 'mount -t tmpfs -o size=16k none .halfopen && exec "$@"'

function start(home: Project, given: Case, mark: string, port: number) {
  const args = commandOf(given).args.replace('PORT', String(port)).split(' ')
  const own = [process.execPath, MAIN, ...args]
  const tight = given.failure === 'full disk' && isRoot ? ['unshare', '-m', 'sh', '-c', TIGHT, 'sh', ...own] : own
  const [file = '', ...rest] =
    given.failure === 'full output' ? ['sh', '-c', 'exec "$@" >/dev/full', 'sh', ...tight] : tight
  return execa(file, rest, {
    cwd: home.dir,
    reject: false,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    env: { [MARK]: mark, TMPDIR: join(home.dir, 'tmp'), NO_COLOR: '1', CI: undefined, GITHUB_ACTIONS: undefined },
  })
}

/** Lets it happen; resolves once it has. */
async function inflict({ failure }: Case, pid: number, mark: string): Promise<void> {
  if (SIGNALS.some(name => name === failure)) return signal(pid, failure as NodeJS.Signals)
  if (failure === 'no descriptor left') {
    await execa('prlimit', [`--pid=${pid}`, '--nofile=24:24'], { reject: false })
    return
  }
  if (failure === 'killed with its reaper') {
    for (const { pid: reaper, line } of marked(mark)) if (PARTS.reaper?.test(line)) signal(reaper, 'SIGKILL')
    return signal(pid, 'SIGKILL')
  }
  const [how, part = ''] = failure.split(/ (?:of )?(?=\w+$)/)
  const hit = marked(mark).filter(({ line }) => part === 'all' || PARTS[part]?.test(line))
  if (how === 'killed') for (const each of hit) signal(each.pid, 'SIGKILL')
  if (how !== 'standstill') return
  for (const each of hit) signal(each.pid, 'SIGSTOP')
  await sleep(STOOD_MS)
  for (const each of hit) signal(each.pid, 'SIGCONT')
}

/** What it may end with: what it comes to by itself, and what the failure makes of it. */
function allowedCodes(given: Case): readonly number[] {
  const { codes, endless } = commandOf(given)
  const { failure } = given
  const bySignal = SIGNALS.find(name => name === failure)
  if (bySignal) return [...codes, 128 + constants.signals[bySignal]]
  if (failure === 'killed with its reaper') return [...codes, 137]
  return [...codes, 3, ...(endless ? [143] : [])]
}

async function play(given: Case): Promise<void> {
  await using server = await hostileServer(HOSTILE['accepts, and never answers again'] ?? expect.fail())
  await using home = await project(FILES)
  for (const folder of ['tmp', '.halfopen']) await mkdir(join(home.dir, folder))
  const mark = randomUUID()
  const run = start(home, given, mark, server.port)
  const { pid } = run
  if (pid === undefined) throw new Error('it was not started')
  await Promise.race([sleep(given.atMs), run])
  await inflict(given, pid, mark)
  if (commandOf(given).endless) sleep(2000).then(() => run.kill('SIGTERM'))
  const result = await run
  const { stdout, stderr, timedOut } = result
  const said = `${JSON.stringify(given)}\n${stdout}\n${stderr}`
  expect(timedOut, said).toBe(false)
  expect(allowedCodes(given), said).toContain(shellCode(result))
  expect(said).not.toMatch(/^\s+at .*(node:internal|dist\/)|Node\.js v\d|UnhandledPromise|MaxListeners|Fatal/m)
  if (result.exitCode === 3) expect(stdout + stderr, JSON.stringify(given)).not.toBe('')
  await vi.waitFor(() => expect(marked(mark), said).toEqual([]), { timeout: 60_000, interval: 100 })
  if (given.failure !== 'killed with its reaper') expect(readdirSync(join(home.dir, 'tmp')), said).toEqual([])
}

describe.skipIf(process.platform !== 'linux').concurrent('whatever happens at whatever moment', () => {
  test.for(
    some(cases, 1 / 2).map(
      (given, i) => [`${i}: ${given.command}, ${given.failure} at ${given.atMs} ms`, given] as const,
    ),
  )('%s', { timeout: LIMIT_MS + 60_000 }, ([, given]) => play(given))
})
