import { describe, expect, test } from 'vitest'
import { PASSES, project, UNREADABLE } from './halfopen.ts'

describe('wrong usage exits with 1 and names what was probably meant', () => {
  test.each([
    ['an unknown command', ['runn'], '(Did you mean run?)'],
    ['an unknown option', ['run', '--repoter', 'x'], '(Did you mean --reporter?)'],
    ['an unknown lab', ['run', '--lab', 'locale'], "nothing is called 'locale'. Did you mean 'local'?\nallowed: local"],
    ['an unknown reporter', ['run', '--reporter', 'defualt'], "Did you mean 'default'?\nallowed: default, json"],
    ['a number that is none', ['run', '--jobs', 'many'], 'It must be a whole number from 1.'],
    ['a seed out of range', ['run', '--seed', '4294967296'], 'It must be a whole number from 0'],
    ['a shard beyond the last', ['run', '--shard', '3/2'], 'It must be like 2/5'],
    [
      'a certificate that is not there',
      ['run', '--broker-url', 'mqtts://127.0.0.1', '--broker-ca', 'nofile.pem'],
      '--broker-ca nofile.pem: there is no such file',
    ],
    ['a time without a unit', ['advise', '--keepalive', '60'], '60 has no unit: write 60s'],
    [
      'a pattern that matches nothing',
      ['run', '--grep', 'x-ray'],
      "none of 1 scenario has 'x-ray' in its name or file",
    ],
  ])('%s', async (_, args, hint) => {
    await using home = await project({ 'scenarios/one.yaml': PASSES })
    const { exitCode, stderr, stdout } = await home.run(args)
    expect(stderr).toContain(hint)
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })
})

describe('an unreadable scenario exits with 2', () => {
  test('and is shown with all its problems, their lines and a caret', async () => {
    await using home = await project({ 'scenarios/bad.yaml': UNREADABLE, 'scenarios/good.yaml': PASSES })
    const { exitCode, stderr, stdout } = await home.run(['run'])
    expect(stderr).toMatch(/scenarios\/bad\.yaml:4:\d+/)
    expect(stderr).toMatch(/scenarios\/bad\.yaml:5:\d+/)
    expect(stderr).toContain('^')
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  test('also where it is not there at all', async () => {
    await using home = await project()
    const { exitCode, stderr } = await home.run(['run', 'scenarios/absent.yaml'])
    expect(stderr).toContain('scenarios/absent.yaml')
    expect(exitCode).toBe(2)
  })
})

test('help and version are no failure', async () => {
  await using home = await project()
  const help = await home.run(['--help'])
  expect(help.stdout).toContain('Exit codes: 0 all passed')
  expect(help.exitCode).toBe(0)
  expect((await home.run(['--version'])).exitCode).toBe(0)
})
