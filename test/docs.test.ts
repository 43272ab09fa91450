import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { vocabulary } from '../src/plugins.ts'
import { loadScenarioText } from '../src/scenario/load.ts'

const ROOT = resolve(import.meta.dirname, '..')
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
]
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8')

const examples = pages.flatMap(page =>
  [...read(page).matchAll(/^```yaml\n(name: [\s\S]*?)^```/gm)].map(match => ({ page, text: match[1] ?? '' })),
)
const links = pages.flatMap(page =>
  [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => ({ page, target: match[1] ?? '' })),
)

describe('the documentation', () => {
  test('has examples', () => {
    expect(examples.length).toBeGreaterThan(4)
  })

  test.each(examples)('holds a scenario that loads, in $page', ({ page, text }) => {
    const { problems, scenarios } = loadScenarioText(text, page, vocabulary)
    expect(problems).toEqual([])
    expect(scenarios.length).toBeGreaterThan(0)
  })

  test.each(links)('links to a file that exists: $page -> $target', ({ page, target }) => {
    expect(existsSync(join(ROOT, dirname(page), target))).toBe(true)
  })

  test('names every fault and check', () => {
    const faults = read('docs/faults.md')
    const scenarios = read('docs/scenarios.md')
    expect([...vocabulary.faults.keys()].filter(name => !faults.includes(`\`${name}\``))).toEqual([])
    expect([...vocabulary.checks.keys()].filter(name => !scenarios.includes(`\`${name}\``))).toEqual([])
  })
})
