// The picture and the output in README.md, from a real run: MQTT.js 4 publishes over a link that is dead. Needs what `npm run build` made,
// and Chromium.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import which from 'which'

const ROOT = resolve(import.meta.dirname, '..')
const SCENARIO = `name: a publishing MQTT.js 4 notices a half-open path
broker: aedes
client: { name: mqttjs, module: mqtt4, keepalive: 2s, traffic: { publishing: { qos: 0, every: 500ms } } }
timeline: [{ at: 3s, fault: blackhole }]
expect: [client-gives-up, broker-drops-client]
until: 12s
lab: [local]
`

const IMAGE = 'docs/images/run.png'
const FILE = 'scenarios/mqttjs4.yaml'
/** Between these lines of README.md stands what the run printed. */
const [FROM, TO] = ['<!-- what follows is written by scripts/picture.js -->', '<!-- until here -->']

const folder = mkdtempSync(join(tmpdir(), 'halfopen-picture-'))
try {
  mkdirSync(join(folder, 'scenarios'))
  writeFileSync(join(folder, FILE), SCENARIO)
  // The scenario names the MQTT.js of its own project.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const args = [join(ROOT, 'dist/cli/main.js'), 'run', FILE, '--html', 'run.html', '--out', 'out']
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  // It fails, as it is to.
  if (status !== 4) throw new Error(`exit code ${status}: ${stdout}`)
  writeReadme(stdout)
  await draw(join(folder, 'run.html'), join(ROOT, IMAGE))
} finally {
  rmSync(folder, { recursive: true })
}

function writeReadme(stdout) {
  const told = stdout.slice(stdout.lastIndexOf('  FAIL  '), stdout.indexOf('        look again')).trimEnd()
  const readme = join(ROOT, 'README.md')
  const text = readFileSync(readme, 'utf8')
  const [from, to] = [text.indexOf(FROM) + FROM.length, text.indexOf(TO)]
  if (to < from) throw new Error('README.md has no place for it')
  writeFileSync(readme, `${text.slice(0, from)}\n\n\`\`\`text\n${told}\n\`\`\`\n\n${text.slice(to)}`)
}

async function draw(page, image) {
  const executablePath = process.env.HALFOPEN_CHROMIUM ?? (await which('chromium'))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const tab = await browser.newPage({ viewport: { width: 1100, height: 1000 }, colorScheme: 'light' })
    await tab.goto(`file://${page}`)
    await tab.waitForSelector('.timeline .mark')
    await tab.waitForTimeout(500)
    const [title, legend] = await Promise.all(['h1', '.legend'].map(part => tab.locator(part).boundingBox()))
    const y = title.y - 16
    mkdirSync(dirname(image), { recursive: true })
    await tab.screenshot({ path: image, clip: { x: 0, y, width: 1100, height: legend.y + legend.height + 8 - y } })
  } finally {
    await browser.close()
  }
}
