/** Slips of the command line and the environment, of kinds that no command can do anything with. */
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { isOutput } from '../../src/terminal/command-line.ts'
import { PASSES, project } from './halfopen.ts'

const FILES = { 'scenarios/one.yaml': PASSES, 'one.yaml': PASSES, 'folder/x.txt': '' }
/** In the words of help. `write nothing` does not. */
const WRITES = /^(?:.*: )?(?:write(?! nothing)|save|copy|where .*(?:saved|written))/

test('every option that writes a file or a folder says so, so that none is written where it should not', () => {
  const root = program()
  const named = root.commands.flatMap(({ options }) => options.filter(({ flags }) => /<(?:file|dir)>/.test(flags)))
  expect(named.length).toBeGreaterThan(40)
  for (const option of named)
    expect(isOutput(option), `${option.flags}: ${option.description}`).toBe(WRITES.test(option.description))
})

describe('told at once, before anything is played, with exit code 1', () => {
  test.each<[what: string, args: readonly string[], told: readonly string[]]>([
    [
      'an option that is given nothing',
      ['run', 'one.yaml', '--html', ''],
      ['--html is empty: give <file>, or leave it out'],
    ],
    ['an evidence folder that is given nothing', ['run', 'one.yaml', '--out', ' '], ['--out is empty: give <dir>']],
    ['a list that holds nothing', ['run', 'one.yaml', '--reporter', ''], ['--reporter is empty: give <name>']],
    ['an argument that is nothing', ['run', ''], ['an argument is empty: leave it out']],
    [
      'a file that is a folder',
      ['run', 'one.yaml', '--json', 'folder'],
      ['--json folder: it is a folder; name a file, such as folder/report.json'],
    ],
    [
      'a folder that is a file',
      ['run', 'one.yaml', '--out', 'one.yaml'],
      ['--out one.yaml: it is a file; name a folder'],
    ],
    [
      'a file that is standard output elsewhere',
      ['run', 'one.yaml', '--json', '-'],
      ['--json -: a report goes to a file'],
    ],
    [
      'two reports in one file',
      ['run', 'one.yaml', '--json', 'a', '--junit', './a'],
      ['--json and --junit name the same file, ./a'],
    ],
    ['one file by two names', ['run', 'one.yaml', '--json', 'link', '--junit', 'target'], ['name the same file']],
    [
      'a report over the scenario',
      ['run', 'one.yaml', '--json', 'one.yaml'],
      ['--json one.yaml: this file is read, and would be lost'],
    ],
    [
      'a report over a scenario of a folder',
      ['run', 'scenarios', '--junit', 'scenarios/one.yaml'],
      ['--junit scenarios/one.yaml: this file is read'],
    ],
    [
      'a page over a profile',
      ['run', 'one.yaml', '--profile', 'one.yaml', '--html', 'one.yaml'],
      ['this file is read'],
    ],
    [
      'all of it',
      ['run', 'one.yaml', '--html', '', '--json', 'folder', '--ctrf', '-', '--junit', 'one.yaml'],
      ['--html is empty', '--json folder', '--ctrf -', '--junit one.yaml'],
    ],
    [
      'what says less and more',
      ['run', 'one.yaml', '-v', '-q'],
      ["'-q, --quiet' cannot be used with option '-v, --verbose'"],
    ],
    [
      'a log and a capture',
      ['repro', '--from-log', 'a', '--from-pcap', 'b'],
      ["'--from-log <file>' cannot be used with option '--from-pcap <file>'"],
    ],
    ['a log and a case', ['repro', '--from-log', 'a', '--fix', '5s'], ["cannot be used with option '--fix <time>'"]],
    ['a keep-alive and files', ['advise', '--keepalive', '5s', 'one.yaml'], ['--keepalive asks about one keep-alive']],
    [
      'a scenario that is there',
      ['repro', '--middlebox', 'aws-nlb', '--write', 'one.yaml'],
      ['--write: one.yaml is there already'],
    ],
    ['a length of nothing', ['advise', '--keepalive', '60s', '--idle', '0s'], ["'0s' has to be longer than nothing"]],
    ['a length in K', ['probe', 'mqtt://127.0.0.1:1', '--max', '1K'], ["'1K' counts in K, which means nothing here"]],
    ['a program without a command', ['ratios', '--clients', 'mine='], ['mine: command: it is empty']],
  ])('%s', async (_, args, told) => {
    await using home = await project(FILES)
    await writeFile(join(home.dir, 'target'), '')
    await symlink('target', join(home.dir, 'link'))
    const { exitCode, stdout, stderr } = await home.run(args)
    for (const words of told) expect(stderr).toContain(words)
    expect(stderr).not.toMatch(/^ +at |\bE[A-Z]{4,}\b|Invalid|expected/m)
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
    expect(await readFile(join(home.dir, 'one.yaml'), 'utf8')).toBe(PASSES)
    await expect(stat(join(home.dir, '.halfopen'))).rejects.toThrow('ENOENT')
  })
})

test('evidence is not written over by a report about it', async () => {
  await using home = await project(FILES)
  await home.run(['run', 'one.yaml', '--out', 'evidence'])
  const saved = await readFile(join(home.dir, 'evidence/a-broker-drops-a-silent-client.ndjson'), 'utf8')
  const { exitCode, stderr } = await home.run([
    'judge',
    'evidence',
    '--html',
    'evidence/a-broker-drops-a-silent-client.ndjson',
  ])
  expect(stderr).toContain('this file is read, and would be lost')
  expect(exitCode).toBe(1)
  expect(await readFile(join(home.dir, 'evidence/a-broker-drops-a-silent-client.ndjson'), 'utf8')).toBe(saved)
  // Beside it is no slip.
  expect((await home.run(['judge', 'evidence', '--html', 'evidence/run.html'])).exitCode).toBe(0)
  expect((await home.run(['judge', 'evidence', '--html', 'evidence/run.html'])).exitCode).toBe(0)
})

describe('a variable of the environment', () => {
  test('that has no such value is wrong usage', async () => {
    await using home = await project(FILES)
    const { exitCode, stderr } = await home.run(['run', 'one.yaml'], { HALFOPEN_REQUIRE: 'al' })
    expect(stderr).toBe("error: HALFOPEN_REQUIRE: it can't be 'al'; it is 'all', or not set")
    expect(exitCode).toBe(1)
  })

  test('that is probably misspelt is told', async () => {
    await using home = await project(FILES)
    const { exitCode, stderr } = await home.run(['list', 'one.yaml'], {
      HALFOPEN_REQIURE: 'all',
      HALFOPEN_OF_A_FRIEND: '1',
    })
    expect(stderr).toBe('halfopen: HALFOPEN_REQIURE means nothing here; did you mean HALFOPEN_REQUIRE?')
    expect(exitCode).toBe(0)
  })
})

test('what is said fits a terminal, and stays one line a message in a log', async () => {
  await using home = await project(FILES)
  const args = ['advise', '--keepalive', '60s', '--middlebox', 'nosuch']
  for (const columns of [20, 40, 80]) {
    const { stderr } = await home.run(args, { COLUMNS: String(columns) })
    const words = stderr.split(/\s+/)
    const widest = Math.max(...words.map(word => word.length + 4), columns)
    for (const line of stderr.split('\n')) expect(line.length, line).toBeLessThanOrEqual(widest)
  }
  const { stderr } = await home.run(args)
  expect(stderr.split('\n')).toHaveLength(2)
})

test('where evidence is no good, its place is told once, and what is wrong in plain words', async () => {
  await using home = await project(FILES)
  await home.run(['run', 'one.yaml', '--out', 'evidence'])
  const file = join(home.dir, 'evidence/a-broker-drops-a-silent-client.ndjson')
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  await mkdir(join(home.dir, 'bad'))
  await writeFile(join(home.dir, 'bad/a.ndjson'), `${lines.with(2, '{"atMs":1,"who":"nobody"}').join('\n')}\n`)
  await writeFile(join(home.dir, 'bad/b.ndjson'), 'no evidence\n')
  const { exitCode, stderr } = await home.run(['judge', 'bad'])
  expect(stderr).toContain('bad/a.ndjson:3:')
  expect(stderr).toContain('who: it has to be one of link, client, broker, witness, harness')
  expect(stderr).toContain('bad/b.ndjson:1:1 not an evidence file')
  expect(stderr).not.toMatch(/Invalid|discriminator|\/tmp\//)
  expect(exitCode).toBe(2)
})
