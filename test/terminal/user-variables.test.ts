import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { misspelt, VARIABLES } from '../../src/terminal/user-variables.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/environment.md'), 'utf8')
const documented = (page.split('## That you set')[1] ?? '').split('\n## ')[0] ?? ''

test('the variables that are known are those of the page', () => {
  const names = [...documented.matchAll(/`HALFOPEN_([A-Z_]+)`/g)].map(([, name]) => name)
  expect([...new Set(names)].toSorted()).toEqual([...VARIABLES].toSorted())
})

test('each with two letters swapped is told, and each as it is written is not', () => {
  for (const name of VARIABLES) {
    const last = name.length - 1
    const swapped = `HALFOPEN_${name.slice(0, last - 1)}${name[last]}${name[last - 1]}`
    expect(misspelt({ [`HALFOPEN_${name}`]: '1' })).toEqual([])
    if (swapped !== `HALFOPEN_${name}`) expect(misspelt({ [swapped]: '1' })).toHaveLength(1)
  }
})

test('what others call so is theirs', () => {
  expect(
    misspelt({ HALFOPEN_OF_A_FRIEND: '1', HALFOPEN_FUZZ_SEED: '1', HALFOPEN_TOXIPROXY_PYTHON: '1', PATH: '' }),
  ).toEqual([])
})

test('of several that are near the nearest is told', () => {
  expect(misspelt({ HALFOPEN_BROKER_CET: 'x.pem' })).toEqual([expect.stringContaining('HALFOPEN_BROKER_CERT?')])
})
