// Plays the steps of action.yml on this machine, as a runner would: node test/deploy/play-action.js halfopen.tgz
// Two jobs of a matrix in a fresh project, of which one fails, their artifacts, and what a last job makes of them. `uses:` steps are not
// run; what they are given is checked. Prints what was seen, and ends with 1 where something was not as it should be.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

const [, , packed = ''] = process.argv
const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'))
const home = mkdtempSync(join(tmpdir(), 'halfopen-action-'))

/** What GitHub's expressions mean, as far as action.yml has them: names, `==`, `!=`, `&&`, `||`, strings, format(), hashFiles(), always(). */
function evaluate(expression, context) {
  const get = path => path.split('.').reduce((value, key) => value?.[key], context) ?? ''
  const js = expression.replace(/'[^']*'|(?<![\w.'])[a-z]+(?:\.[\w-]+)+/g, token =>
    token.startsWith("'") ? token : `get(${JSON.stringify(token)})`,
  )
  const format = (text, ...values) => text.replace(/\{(\d)\}/g, (_, i) => values[i])
  return new Function('get', 'always', 'format', 'hashFiles', `return ${js}`)(
    get,
    () => true,
    format,
    () => 'hash',
  )
}
const filled = (text, context) =>
  String(text).replace(/\$\{\{([\s\S]*?)\}\}/g, (_, inner) => evaluate(inner.trim(), context))

/** The step's own `if`, and by default only while all went well. */
const isDue = (step, context, failed) =>
  step.if === undefined ? !failed : Boolean(evaluate(step.if, context)) && (!failed || step.if.includes('always()'))

function play(workspace, inputs, index, total) {
  const defaults = Object.fromEntries(Object.entries(action.inputs).map(([name, { default: value }]) => [name, value]))
  const context = {
    inputs: { ...defaults, ...inputs },
    strategy: { 'job-index': index, 'job-total': total },
    github: { workspace, event: {} },
    runner: { os: 'Linux', arch: 'X64' },
    steps: {},
  }
  const files = { summary: join(home, `summary-${index}`), output: join(home, `output-${index}`) }
  const uses = []
  let code = 0
  for (const step of action.runs.steps) {
    if (!isDue(step, context, code !== 0)) continue
    const given = Object.fromEntries(
      Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value, context)]),
    )
    if (step.uses) {
      uses.push([step.uses, Object.fromEntries(Object.entries(step.with).map(([k, v]) => [k, filled(v, context)]))])
      continue
    }
    writeFileSync(files.output, '')
    const { PATH, HOME, TMPDIR = tmpdir() } = process.env
    const outside = { PATH, HOME, TMPDIR, CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace }
    const env = { ...outside, GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary, ...given }
    const cwd = resolve(workspace, filled(step['working-directory'] ?? '.', context))
    // As the runner starts `shell: bash`.
    const options = { cwd, env, encoding: 'utf8', timeout: 300_000 }
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', step.run], options)
    if (ran.status !== 0 && step.id !== 'run') throw new Error(`${step.name}: ${ran.stdout}${ran.stderr}`)
    code ||= ran.status
    const lines = readFileSync(files.output, 'utf8').trim().split('\n')
    const outputs = Object.fromEntries(lines.filter(line => line !== '').map(line => line.split('=')))
    if (step.id) context.steps[step.id] = { outputs }
  }
  return { code, uses, outputs: context.steps.run.outputs, summary: readFileSync(files.summary, 'utf8') }
}

const scenario = (name, check) =>
  `name: ${name}\nbroker: aedes\nclient: { name: silent, keepalive: 1s }\nexpect: [${check}]\nuntil: 3s\nlab: simulated\n`

try {
  const artifacts = join(home, 'artifacts')
  const workspace = join(home, 'work')
  mkdirSync(join(workspace, 'scenarios'), { recursive: true })
  writeFileSync(join(workspace, 'package.json'), '{ "private": true }\n')
  for (const [n, check] of ['broker-drops-client', 'stays-connected', 'broker-drops-client'].entries())
    writeFileSync(join(workspace, `scenarios/${n}.yaml`), scenario(`scenario ${n}`, check))
  const jobs = [0, 1].map(index => {
    // The first job installs it; the second finds it there, as after npm ci.
    const version = index === 0 ? `file:${resolve(packed)}` : ''
    const job = play(workspace, { version, shard: 'auto', files: 'scenarios', args: '--replays\n0' }, index, 2)
    const upload = job.uses.find(([name]) => name.startsWith('actions/upload-artifact'))?.[1]
    assert.equal(upload.name, `halfopen-${index + 1}`)
    assert.equal(upload['include-hidden-files'], 'true')
    for (const file of ['run.json', 'halfopen.xml', 'halfopen.json', 'halfopen.ctrf.json', 'halfopen.html'])
      assert.ok(existsSync(join(upload.path, file)), file)
    cpSync(upload.path, join(artifacts, upload.name), { recursive: true })
    rmSync(upload.path, { recursive: true })
    return job
  })
  assert.deepEqual(jobs.map(({ code }) => code).sort(), [0, 4], 'one shard has the scenario that fails')
  for (const { outputs, code, summary, uses } of jobs) {
    assert.equal(outputs['exit-code'], String(code))
    assert.match(summary, /^## (✅|❌) halfopen: /)
    assert.ok(uses.some(([name]) => name.startsWith('actions/setup-node')))
  }
  const args = ['--no-install', 'halfopen', 'merge', artifacts, '--junit', 'merged.xml']
  const merged = spawnSync('npx', args, { cwd: workspace, encoding: 'utf8' })
  assert.equal(merged.status, 4, merged.stderr)
  assert.match(readFileSync(join(workspace, 'merged.xml'), 'utf8'), /tests="3" failures="1" errors="0" skipped="0"/)
  console.log(
    `the action: shards ended with ${jobs.map(({ code }) => code)}; merged: ${merged.stdout.trim().split('\n').at(-1)}`,
  )
} finally {
  rmSync(home, { recursive: true, force: true })
}
