import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { program } from '../src/cli/program.ts'
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

/** Each call of halfopen in a shell block, and each `npx halfopen` in a sentence, as words; what is quoted is one word. */
const commandLines = pages.flatMap(page => {
  const text = read(page)
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block.replaceAll('\\\n', ' '))
  const inline = [...text.matchAll(/`(npx halfopen [^`\n]*)`/g)].map(([, line = '']) => line)
  return [...blocks, ...inline]
    .flatMap(block => block.replace(/"[^"\n]*"|'[^'\n]*'/g, 'quoted').split(/\n|&&|\|/))
    .map(line => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter(line => /^(?:[A-Z_]+=\S+ )*(?:npx )?halfopen(?: |$)/.test(line))
    .map(line => ({ page, words: line.replace(/^.*?\bhalfopen ?/, '').split(/\s+/) }))
})

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

  test('has command lines, also for those who installed the package', () => {
    expect(commandLines.length).toBeGreaterThan(40)
  })

  test.each(commandLines)('calls a command with options that it has, in $page: $words', ({ words }) => {
    const [name = '', ...rest] = words
    if (name.startsWith('-')) return
    const command = program().commands.find(each => each.name() === name)
    expect(command, `halfopen ${name}`).toBeDefined()
    const given = rest.filter(word => /^--[a-z]/.test(word)).map(word => word.replace(/=.*$/, ''))
    const known = command?.options.flatMap(({ long }) => long ?? []) ?? []
    expect(given.filter(option => !known.includes(option) && option !== '--help')).toEqual([])
  })

  test('names every variable that halfopen reads or sets', () => {
    const told = read('docs/environment.md')
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.ts'),
    )
    const used = new Set(
      sources.flatMap(file => read(join('src', file)).match(/\bHALFOPEN_[A-Z]+(?:_[A-Z]+)*\b/g) ?? []),
    )
    expect(used.size).toBeGreaterThan(20)
    expect([...used].filter(name => !told.includes(`\`${name}\``))).toEqual([])
  })

  test('has every page in the order of the site', () => {
    const order = read('docs-site/.vitepress/config.js')
    const own = pages
      .filter(page => /^docs[\\/][^\\/]+$/.test(page))
      .map(page => page.slice('docs/'.length, -'.md'.length))
    expect(own.filter(page => !order.includes(`'${page}'`))).toEqual([])
  })
})
