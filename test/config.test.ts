import { describe, expect, test } from 'vitest'
import { type Config, projectOf } from '../src/config.ts'

const TEXT = `import { defineConfig } from 'halfopen'

export default defineConfig({
  plugins: [],
  jobs: 4,
  replay: 2,
  lab: 'simulatde',
})
`
const problems = (exported: unknown, text = TEXT) => {
  const found = projectOf(exported, 'halfopen.config.ts', text)
  return 'catalog' in found ? [] : found
}

describe('a config', () => {
  test('settles what it says', () => {
    const config: Config = { jobs: 4, replays: 0, lab: 'simulated', out: 'evidence', keep: 3, commands: false }
    expect(projectOf(config, 'halfopen.config.ts', TEXT)).toMatchObject({ config, file: 'halfopen.config.ts' })
  })

  test('is refused for a key that is none, at its place and with the nearest one', () => {
    expect(problems({ jobs: 4, replay: 2 })).toMatchObject([
      {
        position: { file: 'halfopen.config.ts', line: 6, column: 3 },
        message: expect.stringContaining('"replay"'),
        nearest: 'replays',
      },
    ])
  })

  test('settles how runs are told and chosen, and is refused for what is no length of time, no colour, no number', () => {
    const config: Config = { tags: ['!slow'], bail: true, timeout: '10m', color: 'never', reporter: ['dot', 'json'] }
    expect(projectOf(config, 'halfopen.config.ts', TEXT)).toMatchObject({ config })
    const wrong = { timeout: '2K', color: 'sometimes', bail: 0, tags: 'slow', quiet: 1 }
    expect(
      problems(wrong)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain('a length of time, such as 10m')
    expect(problems(wrong)).toHaveLength(5)
  })

  test('is refused for a lab that is none, and for values of the wrong kind, all at once', () => {
    expect(problems({ lab: 'simulatde' })).toMatchObject([
      { position: { line: 7 }, message: 'no lab is called "simulatde"', nearest: 'simulated' },
    ])
    expect(problems({ jobs: 0, replays: 1.5, keep: 'ten' })).toHaveLength(3)
  })

  test('is refused for plug-ins that are none', () => {
    expect(problems({ plugins: [{ faults: [] }, 'halfopen-sea'] })).toMatchObject([
      { position: { line: 4, column: 3 } },
    ])
    expect(problems({ plugins: [{ faults: [] }] })).toMatchObject([
      { position: { line: 4 }, message: expect.stringContaining('plugins[0]') },
    ])
  })

  test('has to be exported', () => {
    expect(problems(undefined)).toMatchObject([
      { position: { line: 3 }, message: expect.stringContaining('no default export') },
    ])
    expect(problems(undefined, '')).toMatchObject([{ position: { line: 1, column: 1 } }])
  })
})
