// The pictures of docs/concepts.md: timelines of scenarios that are played in virtual time. Needs what `npm run build` made, and Chromium.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import which from 'which'

const ROOT = resolve(import.meta.dirname, '..')
const SCENARIOS = {
  'both-notice': `name: an idle client and its broker both notice a half-open path
broker: aedes
client: { name: mqttjs, keepalive: 4s, traffic: idle }
timeline: [{ at: 6s, fault: blackhole }]
expect: [client-gives-up, broker-drops-client]
until: 15s
lab: [simulated]
`,
  held: `name: a delay holds what is on its way
broker: aedes
client: { name: mqttjs, keepalive: 4s, traffic: { publishing: { qos: 1, every: 1s } } }
timeline: [{ at: 3s, fault: { delay: { latency: 600ms } }, for: 4s }]
expect: [stays-connected]
until: 9s
lab: [simulated]
`,
}

const folder = mkdtempSync(join(tmpdir(), 'halfopen-pictures-'))
const executablePath = process.env.HALFOPEN_CHROMIUM ?? (await which('chromium'))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const [name, text] of Object.entries(SCENARIOS)) {
    writeFileSync(join(folder, `${name}.yaml`), text)
    const args = [join(ROOT, 'dist/cli/main.js'), 'run', `${name}.yaml`, '--html', `${name}.html`, '--seed', '1']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${name}: exit code ${status}: ${stdout}${stderr}`)
    await draw(`file://${join(folder, `${name}.html`)}`, join(ROOT, `docs/images/${name}.png`))
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}

async function draw(url, path) {
  const tab = await browser.newPage({ viewport: { width: 1000, height: 900 }, colorScheme: 'light' })
  await tab.goto(url)
  await tab.waitForSelector('.timeline .mark')
  await tab.waitForTimeout(500)
  const [picture, legend] = await Promise.all(['.canvas', '.legend'].map(part => tab.locator(part).boundingBox()))
  const clip = {
    x: picture.x - 8,
    y: picture.y - 4,
    width: picture.width + 16,
    height: legend.y + legend.height - picture.y + 8,
  }
  await tab.screenshot({ path, clip })
  await tab.close()
}
