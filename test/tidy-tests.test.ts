/** How tests are kept: which are fast, and that none has a second try. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import config from '../vitest.config.ts'
import { BUILT, MEASURED, REAL_TIME, SLOWEST_FIRST, THOROUGH } from './real-time.ts'

const ROOT = resolve(import.meta.dirname, '..')

const all = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts'))
  .map(file => `test/${file.split(sep).join('/')}`)
const built = new Set(globSync([...BUILT], { cwd: ROOT }))
const fast = all.filter(file => !REAL_TIME.includes(file) && !built.has(file))

test.each([
  ['in real time', REAL_TIME],
  ['that measure', MEASURED],
  ['that are thorough', THOROUGH],
  ['that take longest', SLOWEST_FIRST],
])('those %s are named, each once, and are there', (_, named) => {
  expect(named.filter(file => !all.includes(file))).toEqual([])
  expect(new Set(named).size).toBe(named.length)
})

test('all others are held to virtual time while they run', () => {
  const projects = config({ mode: 'test', command: 'serve' }).test?.projects?.flatMap(project =>
    typeof project === 'object' && 'test' in project ? [project.test] : [],
  )
  expect(projects?.find(project => project?.name === 'fast')).toMatchObject({ setupFiles: 'test/fast-guard.ts' })
  expect(fast.length).toBeGreaterThan(100)
  expect(built.size).toBeGreaterThan(10)
})

test.each(['test', 'all'])('what is thorough is left to CI, and played by npm run test:all: mode %s', mode => {
  const own = config({ mode, command: 'serve' }).test?.projects?.flatMap(project =>
    typeof project === 'object' && 'test' in project ? [project.test] : [],
  )
  const isWhole = mode === 'all' || process.env.HALFOPEN_REQUIRE === 'all' || process.env.HALFOPEN_SLOW !== undefined
  for (const project of own?.filter(each => each?.name !== 'fast') ?? [])
    expect(
      THOROUGH.every(file => project?.exclude?.includes(file)),
      project?.name as string,
    ).toBe(!isWhole)
})

/** Not the helpers that a file imports: what those do, fast-guard.ts sees. */
const REAL =
  /from 'node:(net|tls|http|https|dgram|child_process|worker_threads|timers[^']*)'|from 'execa'|\brealClock\b/

/** Each with its reason. */
const EXCEPT: readonly string[] = [
  // The machine's own timers are what a simulation must leave alone.
  'test/sim/dispatchers.test.ts',
  // They speak of what is forbidden.
  'test/fast-guard.test.ts',
  'test/tidy-tests.test.ts',
]

test('none of those asks for sockets, processes or the real clock', () => {
  const wrong = fast.filter(file => !EXCEPT.includes(file) && REAL.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(wrong).toEqual([])
})

test('none has a second try', () => {
  const again = /\b(retry|repeats): ?[1-9]|\bretry:|for _ in 1 2;/
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(ts|sh)$/.test(file) && file !== 'tidy-tests.test.ts')
    .map(file => join(import.meta.dirname, file))
  const places = [...sources, join(ROOT, 'vitest.config.ts'), join(ROOT, '.ci/run')]
  expect(places.filter(file => again.test(readFileSync(file, 'utf8')))).toEqual([])
})
