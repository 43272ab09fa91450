import { describe, expect, test } from 'vitest'
import { settled } from '../../../src/commands/run/options.ts'
import type { Config } from '../../../src/config.ts'

const CONFIG: Config = {
  tags: ['!slow'],
  grep: 'client',
  bail: true,
  timeout: '10m',
  quiet: true,
  reporter: 'json',
  html: '/project/run.html',
  replays: 1,
}

describe('the options of a run', () => {
  test('are what the project settles', () => {
    expect(settled([], {}, CONFIG)).toMatchObject({
      tag: ['!slow'],
      grep: 'client',
      bail: 1,
      timeoutMs: 600_000,
      quiet: true,
      reporter: ['json'],
      html: '/project/run.html',
      replays: 1,
    })
  })

  test('are what the command line says, before that', () => {
    const given = { bail: 3, timeout: '5s', reporter: ['dot'], html: 'x.html' }
    expect(settled([], given, CONFIG)).toMatchObject({ bail: 3, timeoutMs: 5000, reporter: ['dot'], html: 'x.html' })
    expect(settled([], { verbose: true }, CONFIG)).toMatchObject({ verbose: true, quiet: false })
    expect(settled([], { bail: true }, {})).toMatchObject({ bail: 1 })
    expect(settled([], {}, { bail: false })).not.toHaveProperty('bail')
  })

  test.each([
    ['a file', ['a.yaml'], {}],
    ['a tag', [], { tag: ['slow'] }],
    ['a pattern', [], { grepInvert: 'x' }],
    ['what failed', [], { lastFailed: true }],
  ] as const)("choose no scenarios by the project's tags where the command line names %s", (_, files, given) => {
    const { tag, grep } = settled(files, given, CONFIG)
    expect({ tag, grep }).toEqual({ tag: 'tag' in given ? given.tag : undefined, grep: undefined })
  })
})
