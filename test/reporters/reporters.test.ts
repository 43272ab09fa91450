import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Beat, ScenarioReport } from '../../src/model/verdict.ts'
import { reporters } from '../../src/reporters/index.ts'
import type { Look } from '../../src/reporters/reporter.ts'
import { sequenceText } from '../../src/reporters/sequence.ts'
import { harmless } from '../../src/text/harmless.ts'
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

const renamed = (report: ScenarioReport, by: string): ScenarioReport => ({
  ...report,
  scenario: { ...report.scenario, name: by + report.scenario.name },
})

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

  test('of many scenarios tells what passed in a line for each folder, and what did not first and last', async () => {
    const many = [...everything, ...everything.map(each => renamed(each, 'again: '))]
    const text = told('default', many, look())
    await expect(text).toMatchFileSnapshot(golden('default-many.txt'))
    expect(text).not.toContain(stayed.scenario.name)
    expect(text.split(failed.scenario.name)).toHaveLength(1 + 2 * 2)
    expect(told('default', many, look({ verbose: true }))).toContain(stayed.scenario.name)
  })

  test('tells in one line what one command would bring', () => {
    const lacking = (what: string) => ({ reason: `${what} is not made here`, remedy: `npx halfopen peers ${what}` })
    const reports = Array.from({ length: 12 }, (_, i): ScenarioReport => {
      const { verdict, ...report } = renamed(stayed, `${i}: `)
      if (i < 8 && verdict) return { ...report, verdict }
      return { ...report, skipped: lacking(i < 10 ? 'hivemq' : `peer-${i}`) }
    })
    const text = told('default', reports, look({ width: 200 }))
    expect(text).toContain(
      '4 scenarios: hivemq, peer-10 and peer-11 are not made here; to run them: npx halfopen peers hivemq peer-10 peer-11\n',
    )
  })

  test('draws a failure in at most 20 lines of 80 columns', async () => {
    const beat = { atMs: 0, untilMs: 0, times: 1 }
    const sequence: readonly Beat[] = [
      { ...beat, text: 'CONNECT, CONNACK', from: 'client', reach: 'answered' },
      { ...beat, atMs: 2000, untilMs: 6000, times: 3, text: 'PINGREQ, PINGRESP', from: 'client', reach: 'answered' },
      { ...beat, atMs: 6500, text: 'blackhole held', from: 'note', reach: 'own' },
      { ...beat, atMs: 7000, text: 'PUBLISH', from: 'broker', reach: 'through', heldMs: 2500 },
      { ...beat, atMs: 8000, text: 'PINGREQ', from: 'client', reach: 'dead' },
      { ...beat, atMs: 9000, text: 'PINGRESP', from: 'broker', reach: 'dead' },
      { ...beat, atMs: 9500, text: 'FIN', from: 'broker', reach: 'own' },
      { ...beat, atMs: 11_000, text: 'client-gives-up: allowed until here', from: 'note', reach: 'own' },
    ]
    const text = told('default', [{ ...failed, sequence }], look())
    await expect(text).toMatchFileSnapshot(golden('default-sequence.txt'))
    expect(sequenceText(sequence).filter(line => line.length > 80)).toEqual([])
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

const SEQUENCE: readonly Beat[] = [
  { atMs: 0, untilMs: 0, times: 1, text: 'CONNECT, CONNACK', from: 'client', reach: 'answered' },
  { atMs: 2000, untilMs: 4000, times: 2, text: 'PINGREQ', from: 'client', reach: 'dead' },
  { atMs: 3000, untilMs: 3000, times: 1, text: 'blackhole held; #1', from: 'note', reach: 'own' },
  { atMs: 3500, untilMs: 3500, times: 1, text: 'PUBLISH', from: 'broker', reach: 'through', heldMs: 400 },
  { atMs: 5000, untilMs: 5000, times: 1, text: 'FIN', from: 'broker', reach: 'own' },
]

test('the markdown reporter draws what happened in a failure', async () => {
  const drawn = everything.map(each => (each === failed ? { ...each, sequence: SEQUENCE } : each))
  await expect(told('markdown', drawn, look())).toMatchFileSnapshot(golden('markdown.md'))
})

test('the markdown reporter lets no name break out of its cell, its heading or its diagram', () => {
  const odd = renamed(failed, '`|<b>\n# ')
  const sequence = [{ ...(SEQUENCE[0] as Beat), text: 'x\n```\n# out' }]
  const text = told('markdown', harmless([{ ...odd, sequence }, renamed(passed, 'a | b <script>')]), look())
  expect(text).not.toMatch(/<script>|^# /m)
})

test('the ctrf reporter counts every scenario once', async () => {
  const text = told('ctrf', everything, look())
  const { summary, tests } = JSON.parse(text).results
  const { passed: good, failed: bad, skipped, pending, other } = summary
  expect(good + bad + skipped + pending + other).toBe(summary.tests)
  expect(tests).toHaveLength(everything.length)
  await expect(text).toMatchFileSnapshot(golden('ctrf.json'))
})
