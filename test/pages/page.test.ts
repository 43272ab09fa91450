import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { parseEvidence } from '../../src/evidence/read-evidence.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { ScenarioReport } from '../../src/model/verdict.ts'
import { packEvents, unpackEvents } from '../../src/pages/packed-events.ts'
import { pageHtml, reportHtml } from '../../src/pages/page-html.ts'
import type { RunPage, TimelinePage } from '../../src/pages/page-model.ts'
import type { ReportPage } from '../../src/pages/report-model.ts'
import { answerOf, runPage } from '../../src/pages/run-page.ts'
import { timelinePage } from '../../src/pages/timeline-page.ts'
import { anyEvent } from '../evidence/any-event.ts'
import { look } from '../reporters/reports.ts'

const GOLDEN = join(import.meta.dirname, '../golden/judge')
const BUNDLE = { script: "document.title = 'drawn'", style: 'body { margin: 0 }' }

const files = readdirSync(GOLDEN).filter(file => file.endsWith('.ndjson'))
const evidences = new Map<string, Evidence>(
  files.map(file => [file, parseEvidence(readFileSync(join(GOLDEN, file), 'utf8'), file)]),
)

function reportOf(file: string, evidence: Evidence, name?: string): ScenarioReport {
  const { scenario, lab, seed, broker, client } = evidence.header
  const named = name === undefined ? scenario : { ...scenario, name }
  return { scenario: named, lab, seed, broker, client, durationMs: 1, evidence: file, verdict: judge(evidence, checks) }
}

async function pageOf(reports: readonly ScenarioReport[]): Promise<string> {
  const suite = { started: '2026-11-27T12:00:00.000Z', lab: 'local', durationMs: 5, reports }
  const plan = { halfopen: '0.1.0', lab: 'local', seed: 1, scenarios: reports.map(({ scenario }) => scenario) }
  const read = async ({ evidence = '' }: ScenarioReport) => evidences.get(evidence)
  return pageHtml(await runPage(suite, plan, look(), read), BUNDLE)
}

const dataOf = (html: string): RunPage => JSON.parse(parseHTML(html).document.getElementById('run')?.textContent ?? '')

test('every event comes back from its columns, to the microsecond', () => {
  const round = (ms: number) => Math.round(ms * 1000) / 1000
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), events => {
      const exact = events.map(event => ({
        ...event,
        atMs: round(event.atMs),
        ...(event.lateMs === undefined ? {} : { lateMs: round(event.lateMs) }),
      }))
      const back = unpackEvents(JSON.parse(JSON.stringify(packEvents(exact))))
      expect(back.map(({ atMs }) => round(atMs))).toEqual(exact.map(({ atMs }) => atMs))
      expect(back.map(({ atMs: _, ...rest }) => rest)).toEqual(
        JSON.parse(JSON.stringify(exact.map(({ atMs: _, ...rest }) => rest))),
      )
    }),
  )
})

describe('a page', () => {
  test('has each scenario, each check and each timeline of the run', async () => {
    const html = await pageOf([...evidences].map(([file, evidence]) => reportOf(file, evidence)))
    const { document } = parseHTML(html)
    const { scenarios } = dataOf(html)
    expect(scenarios).toHaveLength(files.length)
    expect(new Set(scenarios.map(({ slug }) => slug)).size).toBe(files.length)
    expect(document.querySelectorAll('script[data-timeline]')).toHaveLength(files.length)
    for (const [index, [file, evidence]] of [...evidences].entries()) {
      const scenario = scenarios[index]
      expect(scenario?.checks.map(({ check, result }) => [check, result])).toEqual(
        reportOf(file, evidence).verdict?.outcomes.map(({ check, result }) => [check, result]),
      )
      const packed = document.querySelector(`script[data-timeline="${scenario?.slug}"]`)?.textContent ?? ''
      const timeline: TimelinePage = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString())
      expect(unpackEvents(timeline.events)).toHaveLength(evidence.events.length)
    }
  })

  test('says what did not pass, and why, where no script may run', async () => {
    const html = await pageOf([...evidences].map(([file, evidence]) => reportOf(file, evidence)))
    const words = /<noscript>(.*?)<\/noscript>/s.exec(html)?.[1] ?? ''
    expect(words).toContain('3 of 8 scenarios failed, 3 are inconclusive')
    expect(words).toContain('client never gave up (it kept writing: 17 packets)')
  })

  test('runs its own script only, whatever a name says', async () => {
    const [file, evidence] = [...evidences][0] ?? []
    if (file === undefined || evidence === undefined) throw new Error('no evidence')
    const name = '</script><script>alert(1)</script><!-- "\' & \u202e \u001b[2J'
    const html = await pageOf([reportOf(file, evidence, name)])
    const scripts = parseHTML(html).document.querySelectorAll('script')
    expect([...scripts].filter(script => !script.hasAttribute('type')).map(({ textContent }) => textContent)).toEqual([
      BUNDLE.script,
    ])
    const hash = createHash('sha256').update(BUNDLE.script).digest('base64')
    expect(html).toContain(`default-src 'none'; script-src 'sha256-${hash}'`)
    for (const steering of ['\u001b', '\u202e']) expect(html).not.toContain(steering)
    expect(dataOf(html).scenarios[0]?.name).toContain('</script><script>alert(1)</script><!--')
  })

  test('answers in one sentence', () => {
    const [pass, fail] = ['both-notice.ndjson', 'mqttjs-4-never-gives-up.ndjson'].map(file => {
      const evidence = evidences.get(file)
      if (!evidence) throw new Error(`there is no ${file}`)
      return reportOf(file, evidence)
    }) as [ScenarioReport, ScenarioReport]
    const answer = (...reports: ScenarioReport[]) =>
      answerOf({ started: '', lab: 'local', durationMs: 0, reports }, { scenarios: reports.map(each => each.scenario) })
    expect(answer(fail, pass)).toMatch(/^1 of 2 scenarios failed/)
    expect(answer({ ...pass, verdict: { result: 'pass', outcomes: [], troubles: [] } })).toBe('The scenario passed')
  })
})

test('of a large fleet the devices that decided are drawn', () => {
  const evidence = evidences.get('a-fleet-with-one-deaf-device.ndjson')
  if (!evidence) throw new Error('there is no fleet')
  const timeline = timelinePage(evidence, judge(evidence, checks))
  expect(timeline.devices).toBe(3)
  expect(timeline.device).toBe(3)
  const many = { ...evidence.header.scenario, client: { ...evidence.header.scenario.client, count: 1000 } }
  const verdict = judge(evidence, checks)
  const large = timelinePage(
    {
      header: { ...evidence.header, scenario: many },
      events: evidence.events.map(event => (event.device === 3 ? { ...event, device: 900 } : event)),
    },
    { ...verdict, outcomes: verdict.outcomes.map(outcome => ({ ...outcome, device: 900 })) },
  )
  expect(new Set(unpackEvents(large.events).map(({ device }) => device))).toContain(900)
})

test('a storm is thinned at both edges alike, and says so', () => {
  const [, evidence] = [...evidences][0] ?? []
  if (!evidence) throw new Error('no evidence')
  const passed = Array.from({ length: 30_000 }, (_, i) =>
    (['client', 'broker'] as const).map((edge, late) => ({
      atMs: i * 10 + late,
      who: 'link' as const,
      what: 'packet' as const,
      flow: 'up' as const,
      edge,
      conn: 1,
      packet: { cmd: 'publish' as const, bytes: 20 },
    })),
  ).flat()
  const end = { atMs: 300_001, who: 'harness' as const, what: 'ended' as const }
  const timeline = timelinePage(
    { ...evidence, events: [...passed, end] },
    { result: 'pass', outcomes: [], troubles: [] },
  )
  expect(timeline.of).toBe(60_001)
  expect(timeline.events.at.length).toBeLessThan(31_000)
  expect(timeline.events.at.length).toBeGreaterThan(15_000)
  expect(timeline.passages.filter(([, left]) => left < 0)).toEqual([])
})

test('a cell of a table leads where it says, also without a script', () => {
  const cell = { text: 'broker <1.5K>', mood: 'pass', href: 'clear.html#a&b' } as const
  const table = { title: 'pairs', columns: [{ label: 'client' }], rows: [[cell, { text: 'no link' }]] }
  const page: ReportPage = {
    halfopen: '0.1.0',
    kind: 'pairs',
    answer: '1 pass',
    result: 'pass',
    lead: [],
    environment: [],
    blocks: [{ is: 'table', table }],
  }
  const { document } = parseHTML(reportHtml({ page }, BUNDLE))
  const links = [...document.querySelectorAll('td a')]
  expect(links.map(link => [link.getAttribute('href'), link.textContent])).toEqual([
    ['clear.html#a&b', 'broker <1.5K>'],
  ])
})
