/**
 * Allure's own command reads our JUnit report: as many tests, the same results, each in the suite of its file, and a failure with what it
 * was. Names are plain here: Allure 3.18 shows `&lt;` in an attribute as it stands. `node check-allure.mjs TOOLS`, where TOOLS/node_modules has the package allure.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const [tools = ''] = process.argv.slice(2)
const main = resolve(import.meta.dirname, '../../dist/cli/main.js')
const dir = mkdtempSync(join(tmpdir(), 'halfopen-allure-'))

const scenario = (name, check) =>
  `name: ${name}\nbroker: aedes\nclient: { name: silent, keepalive: 1s }\nexpect: [${check}]\nuntil: 3s\nlab: simulated\n`

try {
  mkdirSync(join(dir, 'results'))
  writeFileSync(join(dir, 'drops.yaml'), scenario('a broker drops a silent client', 'broker-drops-client'))
  writeFileSync(join(dir, 'stays.yaml'), scenario('a silent client stays connected', 'stays-connected'))
  const run = spawnSync(process.execPath, [main, 'run', 'drops.yaml', 'stays.yaml', '--junit', 'results/junit.xml'], {
    cwd: dir,
    encoding: 'utf8',
  })
  assert.equal(run.status, 4, run.stderr)
  const allure = join(resolve(tools), 'node_modules/.bin/allure')
  execFileSync(allure, ['generate', 'results', '-o', 'report'], { cwd: dir, stdio: 'pipe' })

  const { stats } = JSON.parse(readFileSync(join(dir, 'report/summary.json'), 'utf8'))
  assert.deepEqual([stats.total, stats.passed, stats.failed], [2, 1, 1])
  const folder = join(dir, 'report/data/test-results')
  const tests = readdirSync(folder)
    .map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    .toSorted((a, b) => a.fullName.localeCompare(b.fullName))
  const told = tests.map(({ name, status, labels }) => [
    name,
    status,
    labels.find(label => label.name === 'suite')?.value,
  ])
  assert.deepEqual(told, [
    ['a broker drops a silent client', 'passed', 'drops.yaml'],
    ['a silent client stays connected', 'failed', 'stays.yaml'],
  ])
  assert.match(tests[1].error.message, /^stays-connected: .*nothing may end the connection/)
  assert.match(tests[1].error.trace, /\(stays\.yaml:\d+:\d+\)/)
  console.log('Allure reads the JUnit report: 2 tests, 1 passed, 1 failed')
} finally {
  rmSync(dir, { recursive: true, force: true })
}
