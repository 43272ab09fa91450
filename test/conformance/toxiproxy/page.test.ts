import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { wireToxics } from '../../../src/commands/proxy/toxics/index.ts'
import { differences } from './differences.ts'

const page = readFileSync(new URL('../../../docs/toxiproxy.md', import.meta.url), 'utf8')

it('docs/toxiproxy.md shows the list of differences, all of it and nothing else', () => {
  const [, table = ''] = /## Differences\n[^|]*((?:\|.*\n)+)/.exec(page) ?? []
  const rows = table.trim().split('\n').slice(2)
  expect(rows).toEqual(
    differences.map(({ toxiproxyDoes, halfopenDoes, reason }) => `| ${toxiproxyDoes} | ${halfopenDoes} | ${reason} |`),
  )
})

it('docs/toxiproxy.md names every toxic with all its attributes', () => {
  const named = [...wireToxics.values()].flatMap(({ name, options }) => {
    if (!('shape' in options)) throw new Error(`the attributes of ${name} can't be told`)
    return [name, ...Object.keys(Object(options.shape))].map(word => ({ name, word }))
  })
  const rowOf = (name: string) => page.split('\n').find(line => line.startsWith(`| \`${name}\``)) ?? ''
  expect(named.filter(({ name, word }) => !rowOf(name).includes(`\`${word}\``))).toEqual([])
  expect(named.length).toBeGreaterThan(wireToxics.size)
})
