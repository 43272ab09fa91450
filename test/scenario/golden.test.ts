import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatProblems } from '../../src/scenario/format.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { vocabulary } from './vocabulary.ts'

const GOLDEN = `${import.meta.dirname}/../golden/scenario`
const files = (folder: string) => readdirSync(`${GOLDEN}/${folder}`).filter(name => name.endsWith('.yaml'))

describe('a good file gives the scenarios beside it', () => {
  test.each(files('ok'))('%s', async name => {
    const { scenarios, problems } = loadScenarioText(readFileSync(`${GOLDEN}/ok/${name}`, 'utf8'), name, vocabulary)
    expect(problems).toEqual([])
    const golden = `${GOLDEN}/ok/${name.replace('.yaml', '.json')}`
    await expect(`${JSON.stringify(scenarios, null, 2)}\n`).toMatchFileSnapshot(golden)
  })
})

describe('a bad file gives the problems beside it, and no scenario', () => {
  test.each(files('failed'))('%s', async name => {
    const text = readFileSync(`${GOLDEN}/failed/${name}`, 'utf8')
    const { scenarios, problems } = loadScenarioText(text, name, vocabulary)
    expect(scenarios).toEqual([])
    const golden = `${GOLDEN}/failed/${name.replace('.yaml', '.txt')}`
    await expect(formatProblems(problems, new Map([[name, text]]), { color: false })).toMatchFileSnapshot(golden)
  })
})
