import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ScenarioReport } from '../../src/model/verdict.ts'
import { reporters } from '../../src/reporters/index.ts'
import type { Look } from '../../src/reporters/reporter.ts'
import { widthOf } from '../../src/text/layout.ts'
import { everything, failed, look, passed, planOf, skips, stayed, suiteOf } from './reports.ts'

const golden = (name: string) => `../golden/reporters/${name}`

/** All that a reporter says, from first to last. */
function told(name: string, reports: readonly ScenarioReport[], place: Look, ended = reports): string {
  const reporter = reporters.get(name)
  if (!reporter) throw new Error(`no reporter ${name}`)
  const { text, writer } = reporter.begin(planOf(reports), place)
  return text + ended.map(report => writer.ended(report)).join('') + writer.finished(suiteOf(ended))
}

describe('the default reporter', () => {
  test('tells everything at 80 columns', async () => {
    await expect(told('default', everything, look())).toMatchFileSnapshot(golden('default-80.txt'))
  })

  test('puts figures beside names where there is room', async () => {
    await expect(told('default', everything, look({ width: 120 }))).toMatchFileSnapshot(golden('default-120.txt'))
  })

  test('tells the names of what never ended by their number only', async () => {
    await expect(told('default', everything, look(), [passed, failed])).toMatchFileSnapshot(
      golden('default-stopped.txt'),
    )
  })

  test('is short where all passed', async () => {
    await expect(told('default', [passed, stayed], look())).toMatchFileSnapshot(golden('default-passed.txt'))
  })

  test.each([50, 80, 120])('never overflows %i columns, but for a path that must be copied', width => {
    const lines = stripVTControlCharacters(told('default', everything, look({ width, color: true }))).split('\n')
    const wide = lines.filter(line => widthOf(line) > width && !line.includes('.ndjson'))
    expect(wide).toEqual([])
  })

  test('says the same with and without colour', () => {
    const plain = told('default', everything, look())
    const colored = told('default', everything, look({ color: true }))
    expect(plain).toBe(stripVTControlCharacters(plain))
    expect(colored).not.toBe(plain)
    expect(stripVTControlCharacters(colored)).toBe(plain)
  })

  test('holds a folder back until its last scenario has ended', () => {
    const { writer } = reporters.get('default')?.begin(planOf([passed, failed, stayed]), look()) ?? {}
    expect(writer?.ended(passed)).toBe('')
    expect(writer?.ended(stayed)).toContain('scenarios/healthy')
    const text = writer?.ended(failed)
    expect(text).toContain(passed.scenario.name)
    expect(text).toContain(failed.scenario.name)
  })

  test('quotes an evidence path that a shell would break', () => {
    const odd = { ...failed, evidence: "/home/ada/project/it's/a b.ndjson" }
    expect(told('default', [odd], look())).toContain(`halfopen judge 'it'\\''s/a b.ndjson'`)
  })
})

test('the json reporter gives every date, window and reason', async () => {
  const text = told('json', everything, look())
  expect(JSON.parse(text).results).toHaveLength(everything.length)
  await expect(text).toMatchFileSnapshot(golden('report.json'))
})

test('the github-actions reporter points at the line of each expectation that was not met', async () => {
  await expect(told('github-actions', everything, look())).toMatchFileSnapshot(golden('github-actions.txt'))
  expect(told('github-actions', [passed, ...skips], look())).toBe('')
})
