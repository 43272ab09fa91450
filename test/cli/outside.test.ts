/** What a file or a scenario module does or holds, seen from outside: exit codes, streams, reports, what is left. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { parseHTML } from 'linkedom'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { some } from '../some.ts'
import { MAIN, PASSES, type Project, project } from './halfopen.ts'

const BODY = `broker: 'aedes', client: { name: 'silent', keepalive: '1s' }, expect: ['broker-drops-client'], until: '3s'`
const module = (name: string) => `export default { name: '${name}', ${BODY} }\n`

const leftovers = (folder: string): string[] =>
  execFileSync('ps', ['-eo', 'pid,ppid,args', '-ww'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(folder))

describe('a scenario module that ends halfopen ends only itself', () => {
  const files = {
    'scenarios/1-good.yaml': PASSES,
    'scenarios/2-exit.scenario.ts': `\nprocess.exit(0)\n${module('never')}`,
    'scenarios/3-waits.scenario.ts': `await new Promise(() => {})\n${module('never')}`,
    'scenarios/4-late.scenario.ts': `${module('never')}setTimeout(() => { throw new Error('late') }, 20)\n`,
    'scenarios/5-good.scenario.ts': `Array.prototype.slice = () => []\n${module('a module that is good enough')}`,
  }
  const told = [
    '2-exit.scenario.ts:2:9: this module ended its own process: process.exit(0)',
    '3-waits.scenario.ts:1:1: this module awaits what never comes',
    '4-late.scenario.ts:2:25: this module threw: late',
  ]

  test('run plays the others, writes the reports, and is no pass', { timeout: 60_000 }, async () => {
    await using home = await project(files)
    const { exitCode, stderr } = await home.run(['run', '--junit', 'out.xml', '--json', 'out.json'])
    for (const line of told) expect(stderr).toContain(`scenarios/${line}`)
    expect(stderr).toContain('Not all was played: a scenario file could not be read')
    expect(exitCode).toBe(2)
    const { results } = JSON.parse(readFileSync(join(home.dir, 'out.json'), 'utf8'))
    // What they come to is the machine's business, too; that they were played is not.
    expect(results.map(({ name }: { name: string }) => name).sort()).toEqual([
      'a broker drops a silent client',
      'a module that is good enough',
    ])
    expect(readFileSync(join(home.dir, 'out.xml'), 'utf8')).toContain('tests="2"')
    expect(leftovers(home.dir)).toEqual([])
  })

  test('list and advise tell of the others', { timeout: 60_000 }, async () => {
    await using home = await project(files)
    for (const command of ['list', 'advise']) {
      const { exitCode, stdout, stderr } = await home.run([command, 'scenarios'])
      for (const line of told) expect(stderr).toContain(`scenarios/${line}`)
      expect(stdout).toContain(command === 'list' ? 'a module that is good enough' : '2 scenarios')
      expect(exitCode).toBe(2)
    }
  })

  test('where there are no others, that is all', { timeout: 60_000 }, async () => {
    await using home = await project({ 'exit.scenario.ts': files['scenarios/2-exit.scenario.ts'] })
    const { exitCode, stdout, stderr } = await home.run(['run', 'exit.scenario.ts'])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('exit.scenario.ts:2:9: this module ended its own process')
  })

  test('one that is busy for ever ends with halfopen, even by SIGKILL', { timeout: 60_000 }, async () => {
    await using home = await project({ 'busy.scenario.ts': `for (;;) {}\n` })
    const run = home.run(['list', 'busy.scenario.ts'])
    const modules = () => leftovers(home.dir).filter(line => line.includes('module-child'))
    await vi.waitUntil(() => modules().length > 0, { timeout: 20_000, interval: 50 })
    run.kill('SIGKILL')
    await run
    await vi.waitUntil(() => modules().length === 0, { timeout: 20_000, interval: 50 })
  })
})

describe('--no-commands', () => {
  const YAML = {
    'command.yaml': `name: a\nbroker: aedes\nclient: { name: command, keepalive: 1s, command: 'touch ran; sleep 9' }\nexpect: [flaps]\nuntil: 2s\n`,
    'driver.yaml': `name: b\nbroker: aedes\nclient:\n  name: driver\n  keepalive: 1s\n  command: touch ran\nexpect: [flaps]\nuntil: 2s\n`,
    'module.yaml': `name: c\nbroker: aedes\nclient: { name: mqttjs, keepalive: 1s, module: ./ran.cjs }\nexpect: [flaps]\nuntil: 2s\n`,
    'plugin.yaml': `name: d\nbroker: { name: mosquitto, plugin: ./ran.so }\nclient: { name: silent, keepalive: 1s }\nexpect: [flaps]\nuntil: 2s\n`,
    'image.yaml': `name: e\nbroker: { name: aedes, image: ran }\nclient: { name: silent, keepalive: 1s }\nexpect: [flaps]\nuntil: 2s\n`,
    'matrix.yaml': `name: f\nbroker: aedes\nclient: { name: driver, keepalive: 1s }\nmatrix: { client.command: [touch ran] }\nexpect: [flaps]\nuntil: 2s\n`,
    'ts.scenario.ts': `import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\n${module('g')}`,
    'ran.cjs': `require('node:fs').writeFileSync('ran', '')\n`,
  }
  const PLACES = [
    'command.yaml:3:50: "command" names a program or code to run: --no-commands (or HALFOPEN_NO_COMMANDS) forbids that',
    'driver.yaml:6:12: "command" names',
    'module.yaml:3:48: "module" names',
    'plugin.yaml:2:36: "plugin" names',
    'image.yaml:2:31: "image" names',
    'matrix.yaml:4:',
    'ts.scenario.ts:1:1: a module is a program, and loading it runs it: --no-commands',
  ]
  const args = Object.keys(YAML).filter(name => name !== 'ran.cjs')

  test.each([
    ['as an option', ['--no-commands'], {}],
    ['as a variable', [], { HALFOPEN_NO_COMMANDS: '1' }],
  ])('%s forbids each thing that runs, at its line, and runs nothing', async (_, more, env) => {
    await using home = await project(YAML)
    const { exitCode, stdout, stderr } = await home.run(['run', ...args, ...more], env)
    expect([exitCode, stdout]).toEqual([2, ''])
    for (const place of PLACES) expect(stderr).toContain(place)
    expect(existsSync(join(home.dir, 'ran'))).toBe(false)
  })

  test('lets everything else be played', async () => {
    await using home = await project({ 'good.yaml': PASSES })
    await home.run(['run', 'good.yaml', '--no-commands', '--json', 'out.json'])
    expect(JSON.parse(readFileSync(join(home.dir, 'out.json'), 'utf8')).results).toHaveLength(1)
    expect((await home.run(['list', 'good.yaml'], { HALFOPEN_NO_COMMANDS: '1' })).exitCode).toBe(0)
  })

  test('is what the workflow of init says for forks', async () => {
    await using home = await project()
    await home.run(['init'])
    const workflow = readFileSync(join(home.dir, '.github/workflows/halfopen.yml'), 'utf8')
    expect(workflow).toMatch(
      /HALFOPEN_NO_COMMANDS: \$\{\{ github\.event_name == 'pull_request' && .*head\.repo\.full_name != github\.repository/,
    )
    expect(workflow).not.toContain('pull_request_target')
  })
})

describe('a file that is none of ours', () => {
  const SECRET = 'r00t-s3cret-81723'
  const SHADOW = `root:$6$${SECRET}:19000:0:99999:7:::\nann:$6$${SECRET}:19000::::::\n`
  const AWS = `[default]\naws_access_key_id = ${SECRET}\naws_secret = ${SECRET}\n`
  const JSON_KEY = JSON.stringify({ type: 'service_account', private: SECRET, [SECRET]: 1 }, null, 2)
  let home: Project
  beforeAll(async () => {
    home = await project({ shadow: SHADOW, aws: AWS, 'key.json': JSON_KEY, 'shadow.yaml': SHADOW, 'aws.yaml': AWS })
    execFileSync('mkfifo', [join(home.dir, 'fifo')])
  })
  afterAll(() => home[Symbol.asyncDispose]())

  const FILES = [
    'shadow',
    'aws',
    'key.json',
    'shadow.yaml',
    'aws.yaml',
    'fifo',
    '/dev/zero',
    '/dev/tty',
    '/proc/self/pagemap',
    '.',
  ]
  const scenario = (broker: string, client = '{ name: silent, keepalive: 1s }') =>
    `name: x\nbroker: ${broker}\nclient: ${client}\nexpect: [flaps]\nuntil: 2s\n`
  const external = (more: string) => scenario(`{ name: external, url: "mqtts://localhost:1", ${more} }`)

  const COMMANDS: readonly [name: string, args: (file: string) => string[], yaml?: (file: string) => string][] = [
    ['run', file => ['run', file]],
    ['list', file => ['list', file]],
    ['advise', file => ['advise', file]],
    ['judge', file => ['judge', file]],
    ['merge', file => ['merge', file, file]],
    ['repro', file => ['repro', '--from-log', file]],
    ['proxy', file => ['proxy', '--config', file, '--listen', '127.0.0.1:0']],
    ['run --profile', file => ['run', 'ok.yaml', '--profile', file]],
    ['calibrate --check', file => ['calibrate', '--client', 'mqttjs', '--check', file]],
    ['ratios --baseline', file => ['ratios', '--clients', 'mqttjs', '--brokers', 'aedes', '--baseline', file]],
    [
      'profile:',
      () => ['run', 'named.yaml'],
      file => scenario('aedes', `{ name: mqttjs, keepalive: 1s, profile: "${file}" }`),
    ],
    ['ca:', () => ['run', 'named.yaml'], file => external(`ca: "${file}"`)],
    ['key:', () => ['run', 'named.yaml'], file => external(`cert: "${file}", key: "${file}"`)],
    ['--broker-ca', file => ['run', 'ok.yaml', '--broker-url', 'mqtts://localhost:1', '--broker-ca', file]],
  ]

  test.each([...some(COMMANDS)])(
    'hangs no %s, passes none, and shows nothing of itself',
    { timeout: 120_000 },
    async (_, args, yaml) => {
      await home.write('ok.yaml', scenario('aedes'))
      for (const file of some(FILES)) {
        if (yaml) await home.write('named.yaml', yaml(file))
        const { exitCode, stdout, stderr, timedOut } = await execa(process.execPath, [MAIN, ...args(file)], {
          cwd: home.dir,
          reject: false,
          timeout: 20_000,
          env: { GITHUB_ACTIONS: undefined, CI: undefined, FORCE_COLOR: undefined },
        })
        expect([file, timedOut], stderr).toEqual([file, false])
        // `.` holds scenario files that could be listed, were they any.
        expect(exitCode, `${file}: ${stdout}${stderr}`).not.toBe(0)
        expect(`${stdout}${stderr}`).not.toContain(SECRET)
        expect(stderr).not.toMatch(/^\s+at .*\.js:\d+/m)
      }
    },
  )
})

describe('what could steer', () => {
  const CANARY = '::error file=a::INJECTED\\u001b[2J\\u202eabc ##[error]y <b id=c>&'
  const name = (what: string) => `name: "${CANARY} ${what}"\n`
  const REPORTERS = [
    'default',
    'json',
    'junit',
    'github-actions',
    'vitest:json',
    'vitest:junit',
    'verbose',
    'tap',
    'tap-flat',
    'tree',
    'vitest:github-actions',
  ]

  test('comes through no reporter and into no file', { timeout: 60_000 }, async () => {
    const text = PASSES.slice(PASSES.indexOf('\n') + 1)
    await using home = await project({
      'scenarios/a.yaml': name('passes') + text,
      'scenarios/b.yaml':
        name('fails') + text.replace('[broker-drops-client]', '[stays-connected] # \u202e\u009b1m ::error::INJECTED'),
      'scenarios/c.yaml': `${name('tells')}broker: aedes\nclient: { name: command, keepalive: 1s, command: "printf '\\\\033[2J::error::INJECTED\\\\n' >&2; exit 1" }\nexpect: [stays-connected]\nuntil: 2s\n`,
    })
    const asked = REPORTERS.flatMap(each => ['--reporter', each])
    const run = await home.run(['run', 'scenarios', ...asked, '--junit', 'out.xml', '--json', 'out.json'], {
      GITHUB_ACTIONS: 'true',
      NO_COLOR: '1',
    })
    // Failed, or inconclusive on a busy machine; both are told in full.
    expect([3, 4], String(run.stderr)).toContain(run.exitCode)
    const written = readdirSync(home.dir, { recursive: true, withFileTypes: true })
      .filter(
        entry => entry.isFile() && !entry.parentPath.endsWith('scenarios') && /\.(xml|json|ndjson)$/.test(entry.name),
      )
      .map(entry => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')] as const)
    expect(written.length).toBeGreaterThanOrEqual(5)
    for (const [where, all] of [['stdout', String(run.stdout)], ['stderr', String(run.stderr)], ...written] as const) {
      const odd = [...all].find(
        char => (char < ' ' && !'\n\t'.includes(char)) || (char >= '\u007f' && char < '\u00a0') || char === '\u202e',
      )
      expect([where, odd?.charCodeAt(0)]).toEqual([where, undefined])
      // The only commands are the annotations, of which each begins with a file of ours or with vitest's own words.
      const commands = all.split('\n').filter(line => /^\s*::[\w-]+(?: |::)|##\[/.test(line))
      for (const line of commands)
        expect(line).toMatch(
          /^::(?:error|warning|group|endgroup|notice) ?(?:file=\S*scenarios\/|.*title=)|^::(?:end)?group/,
        )
    }
    const xml = written.find(([file]) => file === 'out.xml')?.[1] ?? ''
    const { document } = parseHTML(xml)
    expect(document.querySelectorAll('testcase')).toHaveLength(3)
    expect(document.querySelectorAll('b')).toHaveLength(0)
  })
})
