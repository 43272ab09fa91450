/** The page of a run in a real browser: that it opens, that every failing check is reachable, and that everybody can use it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunPage } from '../../src/pages/page-model.ts'
import { titled } from '../needs.ts'
import { launch, looksAs, noBrowser, open as openIn, usable } from './browser.ts'
import { FAILS, PASSES, type Project, project } from './halfopen.ts'

const GOLDEN = join(import.meta.dirname, '../golden/judge')

test('in CI a run that failed has a page beside its evidence', async () => {
  await using place = await project({ 'fails.yaml': FAILS, 'passes.yaml': PASSES })
  const failed = await place.run(['run', 'fails.yaml', '--out', 'failed'], { CI: 'true' })
  expect(failed.exitCode, failed.stdout).toBe(4)
  expect(failed.stderr).toContain('failed/run.html')
  expect(readFileSync(join(place.dir, 'failed/run.html'), 'utf8')).toContain('1 of 1 scenario failed')
  const passed = await place.run(['run', 'passes.yaml', '--out', 'passed'], { CI: 'true' })
  expect(passed.exitCode, passed.stdout).toBe(0)
  expect(existsSync(join(place.dir, 'passed/run.html'))).toBe(false)
})

test('a GitHub job gets its summary after what other steps wrote', async () => {
  await using place = await project({ 'fails.yaml': FAILS, 'summary.md': '## of another step\n' })
  const env = { GITHUB_STEP_SUMMARY: join(place.dir, 'summary.md') }
  await place.run(['run', 'fails.yaml', '--ctrf', 'ctrf.json', '--markdown', 'run.md'], env)
  const summary = readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')
  expect(summary).toMatch(/^## of another step\n## ❌ halfopen: 1 failed/)
  expect(summary).toContain('```mermaid\nsequenceDiagram')
  expect(summary).toContain(readFileSync(join(place.dir, 'run.md'), 'utf8'))
  expect(JSON.parse(readFileSync(join(place.dir, 'ctrf.json'), 'utf8')).results.summary.failed).toBe(1)
})

describe.skipIf(noBrowser)(titled('the page of a run', noBrowser), () => {
  let place: Project
  let browser: Browser
  let url: string
  let run: RunPage

  beforeAll(async () => {
    place = await project()
    const file = join(place.dir, 'run.html')
    await place.run(['judge', GOLDEN, '--html', file])
    const json = /<script type="application\/json" id="run">(.*)<\/script>/.exec(readFileSync(file, 'utf8'))?.[1]
    run = JSON.parse(json ?? '')
    url = `file://${file}`
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await place?.[Symbol.asyncDispose]()
  })

  const open = (hash: string, width = 1280, colorScheme: 'light' | 'dark' = 'light') =>
    openIn(browser, url + hash, { width, colorScheme })

  const failing = () =>
    run.scenarios
      .filter(scenario => scenario.result === 'fail')
      .flatMap(scenario =>
        scenario.checks.filter(({ result }) => result === 'fail').map(check => ({ scenario, check })),
      )

  test('answers in its first screen, and leads to every check that failed', async () => {
    const { page, complaints } = await open('')
    expect(await page.textContent('h1')).toBe(run.answer)
    expect(failing().length).toBeGreaterThan(2)
    for (const { scenario, check } of failing()) {
      await page.goto(url)
      await page.click(`.card a[href="#${scenario.slug}/${check.slug}"]`)
      expect(await page.textContent('.checks .chosen b')).toBe(check.check)
      expect(await page.textContent('.checks .chosen p')).toBe(check.reason)
      await page.waitForSelector('.timeline .mark')
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('a link to a check opens with its window in view', async () => {
    const { scenario, check } = failing()[0] ?? {}
    const { page, complaints } = await open(`#${scenario?.slug}/${check?.slug}`)
    await page.waitForSelector('.bracket.chosen .allowed')
    const box = await page.locator('.bracket.chosen .allowed').boundingBox()
    expect(box?.width).toBeGreaterThan(100)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('goes from event to event by keyboard, and tells each', async () => {
    const { page } = await open(`#${failing()[0]?.scenario.slug}`)
    await page.waitForSelector('.timeline .mark')
    await page.focus('.canvas')
    const told = new Set<string>()
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('ArrowRight')
      await page.waitForSelector('.events tr.chosen')
      told.add((await page.textContent('[aria-live]')) ?? '')
    }
    expect(told.size).toBe(5)
    expect([...told].join()).toMatch(/CONNECT, client's edge, sent, at -?0\.\d+ s/)
    await page.context().close()
  })

  test('the wheel with Ctrl zooms, and the table has what the picture has', async () => {
    const scenario = run.scenarios.find(({ checks }) => checks.some(({ result }) => result === 'fail'))
    const { page } = await open(`#${scenario?.slug}`)
    await page.waitForSelector('.timeline .mark')
    const before = await page.locator('.grid text').allTextContents()
    await page.hover('.canvas')
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -600)
    await page.keyboard.up('Control')
    await expect.poll(() => page.locator('.grid text').allTextContents()).not.toEqual(before)
    expect(await page.locator('.events tbody tr').count()).toBeGreaterThan(10)
    await page.context().close()
  })

  test('a timeline of 10,000 packets is thinned to what a browser moves with ease, and none is lost', async () => {
    const header = readFileSync(join(GOLDEN, 'both-notice.ndjson'), 'utf8').split('\n')[0]
    const packets = Array.from({ length: 10_000 }, (_, i) =>
      JSON.stringify({
        atMs: i * 7 + (i % 2),
        conn: 1,
        device: 1,
        who: 'link',
        what: 'packet',
        flow: 'up',
        edge: i % 2 === 0 ? 'client' : 'broker',
        packet: { cmd: 'publish', bytes: 20 },
      }),
    )
    const end = JSON.stringify({ atMs: 70_000, who: 'harness', what: 'ended' })
    await place.write('storm.ndjson', `${[header, ...packets, end].join('\n')}\n`)
    await place.run(['judge', 'storm.ndjson', '--html', 'storm.html'])
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await page.goto(`file://${join(place.dir, 'storm.html')}`)
    await page.waitForSelector('.timeline .mark')
    expect(await page.locator('.canvas svg *').count()).toBeLessThan(1500)
    expect(await page.textContent('.pager .dim')).toBe('10001 events')
    const numbers = (await page.locator('.mark.many text').allTextContents()).map(Number)
    expect(numbers.reduce((sum, number) => sum + number, 0)).toBe(10_000)
    await context.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('is usable for everybody: %s, %i pixels wide', async (scheme, width) => {
    const slug = failing()[0]?.scenario.slug
    for (const hash of ['', `#${slug}/${failing()[0]?.check.slug}`]) {
      const { page, complaints } = await open(hash, width, scheme)
      if (hash !== '') await page.waitForSelector('.timeline .mark')
      await usable(page)
      expect(complaints).toEqual([])
      await page.context().close()
    }
  })

  test('looks as it did: the overview, a failure, on a telephone', async () => {
    const { scenario, check } = failing()[0] ?? {}
    for (const [name, hash, width] of [
      ['run', '', 1280],
      ['run-failure', `#${scenario?.slug}/${check?.slug}`, 1280],
      ['run-narrow', '', 390],
    ] as const) {
      await using opened = await open(hash, width)
      if (hash !== '') await opened.page.waitForSelector('.timeline .mark')
      await looksAs(opened.page, name)
    }
  })

  test('every check that failed is reached by keyboard alone', async () => {
    await using opened = await open('')
    const { page } = opened
    const reached = new Set<string>()
    for (let press = 0; press < 200; press++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate<string | null>("document.activeElement?.getAttribute('href') ?? null")
      if (at !== null) reached.add(at)
    }
    for (const { scenario, check } of failing()) expect(reached).toContain(`#${scenario.slug}/${check.slug}`)
  })
})
