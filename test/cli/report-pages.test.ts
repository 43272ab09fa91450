/** The pages of all commands but `run`, in a real browser. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/commands/device/device-limits.ts'
import { deviceReport } from '../../src/commands/device/report/device-page.ts'
import { findingsOf } from '../../src/commands/probe/findings.ts'
import type { Observation, ProbeOutcome, Variant } from '../../src/commands/probe/observation.ts'
import { probePage } from '../../src/commands/probe/probe-page.ts'
import { ratioPage } from '../../src/commands/ratios/ratio-page.ts'
import { pageBundle } from '../../src/pages/page-bundle.ts'
import { type ReportParts, reportHtml } from '../../src/pages/page-html.ts'
import { mqttjs, publishes, simulated } from '../commands/device/simulated.ts'
import { tableOf } from '../figures/world.ts'
import { titled } from '../needs.ts'
import { launch, looksAs, noBrowser, open, readable, usable } from './browser.ts'
import { type Project, project } from './halfopen.ts'

const LOG = join(import.meta.dirname, '../fixtures/field/logs/L23-two-faults.log')
const NAMES = ['compare', 'ratios', 'device', 'probe', 'repro', 'log'] as const

const ratios = (): ReportParts => ({
  page: ratioPage(
    tableOf({
      clients: {
        mqttjs: K => 1.5 * K,
        'paho-go': K => 1.25 * K + 10_500,
        hivemq: K => 2 * K - 200,
        deaf: () => undefined,
      },
      brokers: { aedes: { k: 1.5, ms: 1 }, mosquitto: { k: 1.5, looksEveryMs: 6000 } },
    }),
  ),
})

async function device(): Promise<ReportParts> {
  const run = await simulated({
    module: 'mqtt4',
    device: (dial, _clock, mqtt) => publishes(mqttjs(mqtt, dial, { clientId: 'pump-9' }), 2000),
    only: ['interval', 'pingresp', 'half-open-publishing', 'backoff'],
  })
  return deviceReport({
    run,
    setting: {
      halfopen: '0.1.0',
      broker: { name: 'aedes', version: '1' },
      started: '2030-01-01T00:00:00.000Z',
      resolutionMs: 0,
    },
    limits: DEFAULT_LIMITS,
    listen: '127.0.0.1:1883',
    upstream: 'aedes, started for this',
    command: 'halfopen device --listen 127.0.0.1:1883',
  })
}

function probe(): ReportParts {
  const seen = (variant: Variant, s: number, outcome: ProbeOutcome): Observation => ({
    variant,
    silenceMs: s * 1000,
    outcome,
  })
  const lived = (variant: Variant, ...silences: number[]) => silences.map(s => seen(variant, s, { what: 'alive' }))
  const observations = [
    ...lived('client', 5, 10, 20, 40, 80, 160, 305, 347),
    seen('client', 352, { what: 'refused', how: 'rst' }),
    ...lived('broker', 5, 40, 160, 340),
    seen('broker', 360, { what: 'silent' }),
    ...lived('tcp', 600),
  ]
  const findings = findingsOf(observations, { keepaliveS: 0 })
  const rest = { longestMs: 600_000, keepaliveS: 0, connections: 96, tookMs: 640_000, partial: undefined, skipped: [] }
  return { page: probePage({ target: 'mqtts://broker.example:8883', findings, observations, ...rest }) }
}

describe.skipIf(noBrowser)(titled('pages of reports', noBrowser), () => {
  let place: Project
  let browser: Browser
  const url = (name: string) => `file://${join(place.dir, `${name}.html`)}`

  beforeAll(async () => {
    place = await project({ 'mosquitto.log': readFileSync(LOG, 'utf8') })
    const write = async (name: string, parts: ReportParts) =>
      writeFileSync(join(place.dir, `${name}.html`), reportHtml(parts, await pageBundle()))
    const grid = ['--keepalive', '30s,60s,120s', '--idle', '45s,105s', '--client', 'mqttjs,esp-mqtt', '--seed', '7']
    const made = await Promise.all([
      place.run(['compare', ...grid, '--html', 'compare.html']),
      place.run(['repro', '--middlebox', 'aws-nlb', '--keepalive', '400s', '--fix', '233s', '--html', 'repro.html']),
      place.run(['repro', '--from-log', 'mosquitto.log', '--html', 'log.html']),
    ])
    expect(made.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
    await write('ratios', ratios())
    await write('device', await device())
    await write('probe', probe())
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await place?.[Symbol.asyncDispose]()
  })

  test.each(
    NAMES.flatMap(name =>
      ([1280, 390] as const).flatMap(width =>
        (['light', 'dark'] as const).map(scheme => [name, width, scheme] as const),
      ),
    ),
  )('%s, %i pixels wide, %s: opens in silence, fits, is usable for everybody', async (name, width, colorScheme) => {
    await using opened = await open(browser, url(name), { width, colorScheme })
    const { page, complaints } = opened
    if (name === 'device' || name === 'repro') await page.waitForSelector('.timeline .mark')
    await usable(page)
    await readable(page)
    // The answer is in the first screen.
    const head = await page.locator('h1').boundingBox()
    expect((head?.y ?? 0) + (head?.height ?? 0)).toBeLessThan(500)
    expect(complaints).toEqual([])
  })

  test.each(NAMES)('%s looks as it did', async name => {
    await using opened = await open(browser, url(name))
    if (name === 'device' || name === 'repro') await opened.page.waitForSelector('.timeline .mark')
    await looksAs(opened.page, name)
  })

  test('a table sorts by keyboard, up and down and as it was', async () => {
    await using opened = await open(browser, url('ratios'))
    const { page } = opened
    const first = () => page.locator('section[aria-label^="Clients"] tbody tr th').first().textContent()
    const head = page.locator('section[aria-label^="Clients"] thead button').first()
    await head.focus()
    const seen = [await first()]
    for (let press = 0; press < 3; press++) {
      await page.keyboard.press('Enter')
      seen.push(await first())
    }
    expect(seen).toEqual(['mqttjs 1.0.0', 'deaf 1.0.0', 'paho-go 1.0.0', 'mqttjs 1.0.0'])
    expect(await head.locator('..').getAttribute('aria-sort')).toBe(null)
  })

  test('behind each picture is a table with as many rows as it has marks', async () => {
    await using opened = await open(browser, url('probe'))
    const { page } = opened
    await page.locator('.chart summary').first().press('Enter')
    expect(await page.locator('.chart details tbody tr').count()).toBe(3)
    expect(await page.locator('.chart svg .span-mark').count()).toBeGreaterThan(13)
  })

  test('each cell of a heat map is reached by keyboard, and said', async () => {
    await using opened = await open(browser, url('compare'))
    const { page } = opened
    const map = page.locator('.cells').first()
    const count = await map.locator('svg g > rect.tile').count()
    await map.focus()
    const said = () => page.locator('.cells + .spoken').first().textContent()
    const seen = new Set<string | null>()
    await page.keyboard.press('ArrowUp')
    for (let row = 0; row < 4; row++) {
      for (const way of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Home']) {
        seen.add(await said())
        await page.keyboard.press(way)
      }
      await page.keyboard.press('ArrowUp')
    }
    expect(count).toBeGreaterThan(3)
    expect(seen.size).toBe(count)
    expect(await map.locator('.chosen-cell').count()).toBe(1)
    await usable(page)
    await page.keyboard.press('Escape')
    expect([await said(), await map.locator('.chosen-cell').count()]).toEqual(['', 0])
  })

  test('who lets no script run reads all of it', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(url('log'))
    expect(await page.textContent('h1')).toContain('pump-b: the idle time-out of a middlebox')
    expect(await page.textContent('body')).toContain('for: 5 times the broker timed the client out')
    await context.close()
  })

  test('two runs stand side by side on one scale, with the difference of each check', async () => {
    const golden = join(import.meta.dirname, '../golden/judge')
    const files = ['both-notice', 'mqttjs-4-never-gives-up'].map(name => join(golden, `${name}.ndjson`))
    await place.run(['judge', ...files, '--html', 'both.html'])
    await using opened = await open(browser, url('both'))
    const { page, complaints } = opened
    await page.click('text=See the two runs side by side')
    await page.waitForSelector('section:nth-of-type(3) .timeline .mark')
    expect(await page.locator('.timeline').count()).toBe(2)
    const ticks = await Promise.all(
      [0, 1].map(nth => page.locator('.timeline').nth(nth).locator('.grid text').allTextContents()),
    )
    expect(ticks[0]).toEqual(ticks[1])
    expect(await page.locator('.figures tbody tr th').allTextContents()).toContain('client-gives-up')
    await usable(page)
    expect(complaints).toEqual([])
    await page.reload()
    await page.waitForSelector('.timeline .mark')
    expect(await page.textContent('h1')).toBe('test: two runs')
  })
})
