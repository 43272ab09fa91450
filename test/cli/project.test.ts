/** A project with a halfopen.config and plug-ins of its own, as its user meets it. */
import { afterEach, describe, expect, test } from 'vitest'
import { type Project, project } from './halfopen.ts'

let home: Project
afterEach(() => home[Symbol.asyncDispose]())

const PLUGINS = `import { definePlugins, z } from 'halfopen'
const options = z.strictObject({})
export default definePlugins({
  name: 'halfopen-sea',
  checks: [{
    name: 'is-brave', summary: 'it goes on', options, needsControl: 'none', label: 'brave',
    judge: (_, { endMs }) => ({ result: 'pass', sinceMs: 0, seenMs: endMs, window: null, reason: 'it went on' }),
  }, {
    name: 'is-broken', summary: 'it throws', options, needsControl: 'none',
    judge: () => { throw new Error('no compass') },
  }],
  reporters: [{
    name: 'one-word', summary: 'a word for each scenario',
    begin: () => ({ text: '', writer: { ended: ({ verdict }) => \`<\${verdict?.result}>\\n\`, finished: () => '' } }),
  }, {
    name: 'sinks', summary: 'it throws', begin: () => { throw new Error('too much water') },
  }],
})
`
const CONFIG = `import { defineConfig } from 'halfopen'
import sea from './sea.ts'
export default defineConfig({ plugins: [sea], lab: 'simulated', replays: 0 })
`
const scenario = (check: string): string => `name: a client in calm water
broker: aedes
client: { name: mqttjs, keepalive: 2s }
expect: [${check}]
until: 5s
`

const open = async (check = 'is-brave', config = CONFIG): Promise<Project> => {
  home = await project({ 'sea.ts': PLUGINS, 'halfopen.config.ts': config, 'scenarios/calm.yaml': scenario(check) })
  return home
}

describe('a project', () => {
  test('plays with its plug-ins, in its lab, with its reporter', async () => {
    const { run } = await open()
    const played = await run(['run', '--reporter', 'default', '--reporter', 'one-word'])
    expect(played.stdout).toContain('<pass>')
    expect(played.stdout).toMatch(/in lab simulated/)
    expect(played.stdout).toMatch(/brave 5\.00 s/)
    expect(played.exitCode).toBe(0)
  })

  test('judges saved evidence with them', async () => {
    const { run } = await open()
    await run(['run', '--out', 'evidence'])
    const again = await run(['judge', 'evidence'])
    expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining('1 passed')])
  })

  test('is told whose check it was that threw, and that is inconclusive', async () => {
    const { run } = await open('is-broken')
    const { exitCode, stdout } = await run(['run'])
    expect(stdout.replace(/\s+/g, ' ')).toContain('the check is-broken of halfopen-sea: no compass')
    expect(exitCode).toBe(3)
  })

  test('is told whose reporter it was that threw; the others go on', async () => {
    const { run } = await open()
    const { exitCode, stdout, stderr } = await run(['run', '--reporter', 'default', '--reporter', 'sinks'])
    expect(stderr).toContain('the reporter sinks of halfopen-sea failed')
    expect(stderr).toContain('too much water')
    expect(stdout).toContain('1 passed')
    expect(exitCode).toBe(3)
  })

  test('lists them', async () => {
    const { run } = await open()
    const { checks, reporters } = JSON.parse((await run(['list', '--checks', '--reporters', '--json'])).stdout)
    const names = (all: { name: string; summary: string }[]) =>
      all.filter(({ summary }) => summary.endsWith('(of halfopen-sea)')).map(({ name }) => name)
    expect([names(checks), names(reporters)]).toEqual([
      ['is-brave', 'is-broken'],
      ['one-word', 'sinks'],
    ])
    expect((await run(['list', '--schema'])).stdout).toContain('"is-brave"')
  })

  test('with a slip in its config ends with exit code 2, at the place and with the nearest key', async () => {
    const { run } = await open('is-brave', CONFIG.replace('replays', 'replay'))
    const { exitCode, stderr } = await run(['run'])
    expect(stderr).toMatch(/halfopen\.config\.ts:3:\d+: unknown key "replay"/)
    expect(stderr).toContain('did you mean replays?')
    expect(exitCode).toBe(2)
  })

  test('has its config left alone where no program of it may run', async () => {
    const { run } = await open('stays-connected')
    const { exitCode, stderr, stdout } = await run(['run', '--no-commands', '--lab', 'simulated'])
    expect(stderr).toContain('halfopen.config.ts is not read: it is a program, and --no-commands forbids those')
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('1 passed')])
    expect((await run(['list', '--checks'], { HALFOPEN_NO_COMMANDS: '1' })).stdout).not.toContain('is-brave')
  })
})
