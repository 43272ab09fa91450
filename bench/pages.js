// How a page behaves in Chromium: until 154 scenarios are seen (aim: < 1 s), and frames a second while 10,000 packets are dragged (aim: >= 30).
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import which from 'which'

const MAIN = new URL('../dist/cli/main.js', import.meta.url).pathname
const GOLDEN = new URL('../test/golden/judge', import.meta.url).pathname
const SCENARIOS = 154
const PACKETS = 10_000
const OPENINGS = 5
const DRAG_MS = 3000

export async function pages() {
  const executablePath = process.env.HALFOPEN_CHROMIUM ?? (await which('chromium', { nothrow: true }))
  if (!executablePath) return console.log('pages: chromium is not there: apt-get install chromium')
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-bench-'))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const report = manyScenarios(folder)
    const openings = []
    for (let i = 0; i < OPENINGS; i++) openings.push(await openingMs(page, report))
    const frames = await framesWhileDragging(page, storm(folder))
    console.log('a page in Chromium')
    console.table({
      [`${SCENARIOS} scenarios seen after (ms)`]: {
        least: Math.min(...openings),
        most: Math.max(...openings),
        aim: '< 1000',
      },
      [`frames a second, ${PACKETS} packets dragged`]: { ...frames, aim: '>= 30' },
      'size of the page (kB)': { least: Math.round(statSync(report).size / 1000), aim: '< 2000' },
    })
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true })
  }
}

function judged(folder, files, name) {
  const html = join(folder, name)
  spawnSync(process.execPath, [MAIN, 'judge', ...files, '--html', html], { stdio: 'ignore' })
  return html
}

/** The golden runs again and again, each under a name of its own. */
function manyScenarios(folder) {
  const golden = readdirSync(GOLDEN).filter(file => file.endsWith('.ndjson'))
  const files = Array.from({ length: SCENARIOS }, (_, i) => {
    const file = join(folder, `run-${i}.ndjson`)
    copyFileSync(join(GOLDEN, golden[i % golden.length]), file)
    return file
  })
  return judged(folder, files, 'many.html')
}

function storm(folder) {
  const [header] = readFileSync(join(GOLDEN, 'both-notice.ndjson'), 'utf8').split('\n')
  const packets = Array.from({ length: PACKETS }, (_, i) =>
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
  const end = JSON.stringify({ atMs: 7 * PACKETS, who: 'harness', what: 'ended' })
  const file = join(folder, 'storm.ndjson')
  writeFileSync(file, `${[header, ...packets, end].join('\n')}\n`)
  return judged(folder, [file], 'storm.html')
}

/** From the beginning of the navigation to the frame in which the last scenario is there. */
async function openingMs(page, file) {
  await page.goto(`file://${file}`)
  await page.waitForSelector('.list tbody tr')
  return Math.round(
    await page.evaluate('new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))'),
  )
}

/** Zoomed in, and moved at each frame by the mouse. */
async function framesWhileDragging(page, file) {
  await page.goto(`file://${file}`)
  await page.waitForSelector('.timeline .mark')
  for (let i = 0; i < 3; i++) await page.click('button[aria-label="Zoom in"]')
  const gaps = await page.evaluate(
    `new Promise(done => {
      const svg = document.querySelector('.canvas svg')
      const { left, top, width } = svg.getBoundingClientRect()
      const mouse = (type, on, x) => on.dispatchEvent(new MouseEvent(type, { clientX: x, clientY: top + 150, bubbles: true, view: window }))
      const gaps = []
      let last = performance.now()
      const endMs = last + ${DRAG_MS}
      mouse('mousedown', svg, left + width / 2)
      const step = now => {
        gaps.push(now - last)
        last = now
        if (now > endMs) return done(gaps.slice(1))
        mouse('mousemove', window, left + width / 2 + 200 * Math.sin(now / 300))
        requestAnimationFrame(step)
      }
      requestAnimationFrame(step)
    })`,
  )
  const sorted = gaps.toSorted((a, b) => a - b)
  const rate = ms => Math.round(1000 / ms)
  return { least: rate(sorted[Math.floor(sorted.length * 0.95)]), most: rate(sorted[Math.floor(sorted.length / 2)]) }
}
