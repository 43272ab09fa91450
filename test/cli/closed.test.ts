/** A file or a folder that is there and may not be read is told so, wherever a command line names one: never that it is not there. */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAIN, PASSES, type Project, project } from './halfopen.ts'

const isRoot = process.getuid?.() === 0
/** Root may read everything, so that somebody else has to try. */
const AS_NOBODY = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
const canTry = process.platform !== 'win32' && (!isRoot || process.platform === 'linux')

let folder: Project
const closed = ['closed', 'open/closed', 'file.yaml'] as const

beforeAll(async () => {
  folder = await project({
    'closed/a.yaml': PASSES,
    'open/a.yaml': PASSES,
    'own/scenarios/a.yaml': PASSES,
    'config/halfopen.config.ts': '',
    'file.yaml': PASSES,
  })
  await mkdir(join(folder.dir, 'open/closed'))
  for (const path of ['.', 'open', 'own', 'config']) await chmod(join(folder.dir, path), 0o755)
  for (const path of [...closed, 'own/scenarios', 'config/halfopen.config.ts']) await chmod(join(folder.dir, path), 0)
})
afterAll(async () => {
  for (const path of [...closed, 'own/scenarios', 'config/halfopen.config.ts'])
    await chmod(join(folder.dir, path), 0o700)
  await folder[Symbol.asyncDispose]()
})

const CASES: readonly [command: readonly string[], named: string, cwd?: string][] = [
  [['list', 'closed'], 'closed'],
  [['list', 'closed/a.yaml'], 'closed/a.yaml'],
  [['list', 'closed/*.yaml'], 'closed'],
  [['list', 'open'], 'open/closed'],
  [['list', 'open/**/*.yaml'], 'open/closed'],
  [['list', '**/a.yaml'], 'closed'],
  [['list', 'file.yaml'], 'file.yaml'],
  [['list'], 'scenarios', 'own'],
  [['list'], 'halfopen.config.ts', 'config'],
  [['run', 'closed'], 'closed'],
  [['run', 'open/a.yaml', '--profile', 'closed/a'], 'closed/a'],
  [['run', 'open/a.yaml', '--broker-url', 'mqtts://127.0.0.1:1', '--broker-ca', 'closed/a'], 'closed/a'],
  [['advise', 'closed'], 'closed'],
  [['judge', 'closed'], 'closed'],
  [['judge', 'closed/a'], 'closed/a'],
  [['judge', 'file.yaml'], 'file.yaml'],
  [['repro', '--from-log', 'closed/a'], 'closed/a'],
  [['repro', '--from-log', 'file.yaml'], 'file.yaml'],
  [['repro', '--from-pcap', 'closed/a'], 'closed/a'],
  [['ratios', '--clients', 'mqttjs', '--baseline', 'closed/a'], 'closed/a'],
  [['proxy', '--config', 'closed/a'], 'closed/a'],
]

/** What takes minutes, and is for nothing where its result has no place. */
const WRITING: readonly (readonly string[])[] = [
  ['device', '--listen', '127.0.0.1:0', '--report', 'closed/a.md', '--report', 'closed/below/a.html'],
  ['device', '--listen', '127.0.0.1:0', '--evidence', 'closed/a.ndjson'],
  ['calibrate', '--client', 'mqttjs', '--out', 'closed/a.json'],
  ['ratios', '--clients', 'mqttjs', '--json', 'closed/a.json', '--csv', 'file.yaml'],
  ['compare', '--keepalive', '2s', '--idle', '3s', '--json', 'closed/a.json'],
]

describe.runIf(canTry)('what may not be written is told before anything is waited for', () => {
  test.for(WRITING)('%j', { timeout: 60_000 }, async command => {
    const [file = '', ...args] = [...AS_NOBODY, process.execPath, MAIN, ...command]
    const env = { HOME: '/nonexistent', CI: undefined, GITHUB_ACTIONS: undefined }
    const ended = await execa(file, args, { cwd: folder.dir, reject: false, env })
    const named = command.filter(word => /^(?:closed|file)/.test(word))
    const lines = ended.stderr.split('\n')
    expect([ended.exitCode, ended.stdout, lines.length], ended.stderr).toEqual([3, '', named.length])
    for (const line of lines)
      expect(line).toMatch(/^error: .*can't be (?:written|saved).*permission denied \(EACCES\)$/)
    for (const name of named) expect(ended.stderr).toContain(`/${name}`)
  })
})

describe.runIf(canTry)('what may not be read', () => {
  test.each(['--from-log', '--from-pcap'])('repro %s says so in the same words', { timeout: 60_000 }, async option => {
    const [file = '', ...args] = [...AS_NOBODY, process.execPath, MAIN, 'repro', option, 'file.yaml']
    const ended = await execa(file, args, { cwd: folder.dir, reject: false, env: { HOME: '/nonexistent' } })
    expect([ended.exitCode, ended.stderr]).toEqual([2, "error: file.yaml can't be read: it may not be read"])
  })

  test.for(CASES)('%j', { timeout: 60_000 }, async ([command, named, cwd = '.']) => {
    const [file = '', ...args] = [...AS_NOBODY, process.execPath, MAIN, ...command]
    const env = { HOME: '/nonexistent', CI: undefined, GITHUB_ACTIONS: undefined }
    const ended = await execa(file, args, { cwd: join(folder.dir, cwd), reject: false, env })
    expect(ended.stderr).toContain(named)
    expect(ended.stderr).toMatch(/may not be read|EACCES/)
    expect(ended.stderr).not.toMatch(/no such file|no scenario file|there is no/)
    expect([1, 2, 3]).toContain(ended.exitCode)
  })
})
