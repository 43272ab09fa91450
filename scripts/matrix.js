// Every client against every broker: `npm run matrix -- --out matrix`. Writes a static page whose cells lead to the timelines, with their
// evidence and captures, a JSON of the figures that can be compared with another's (`--against`), and the tables of docs/matrix.md
// (`--docs`). Needs what `npm run build` and `npm run peers` made; what a machine lacks is a cell that says so.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseHTML } from 'linkedom'
import { stringify } from 'yaml'
import { pageBundle } from '../build/pages/page-bundle.js'
import { reportHtml } from '../build/pages/page-html.js'
import { heading, paragraph } from '../build/pages/report-model.js'
import { tetherByKernel } from '../build/processes/tether.js'

const ROOT = resolve(import.meta.dirname, '..')
const MAIN = join(ROOT, 'dist/cli/main.js')

const CLIENTS = [
  ...['mqttjs', 'mqttjs-4', 'paho-python', 'paho-python-2.2', 'libmosquitto', 'paho-c'],
  ...['paho-go', 'paho-golang', 'paho-java', 'hivemq', 'rumqttc'],
]
const BROKERS = [
  ...['aedes', 'mosquitto', 'mochi', 'nats', 'moquette', 'rumqttd', 'hivemq', 'artemis', 'rabbitmq', 'amqtt'],
]

/** How halfopen reaches the peers, and at which keep-alive: 5 s is the least that libmosquitto takes. */
const WAYS = {
  clear: { title: 'in the clear, in real time', keepalive: '5s', lab: 'local', tls: false },
  tls: { title: 'inside TLS, in real time', keepalive: '5s', lab: 'local', tls: true },
  accelerated: { title: 'in the clear, 20 times as fast', keepalive: '60s', lab: 'accelerated', tls: false, speed: 20 },
}

/** What each pair is asked, in keep-alives. Paho Go and Aedes need up to K + 10 s and more than 1.5K. */
const QUESTIONS = {
  healthy: { asks: 'pings within K, and stays connected', expect: ['pings-on-time', 'stays-connected'], until: 4 },
  'half-open': {
    asks: 'who notices a half-open path, and how late',
    timeline: [{ at: '1.3K', fault: 'blackhole' }],
    expect: ['client-gives-up', 'broker-drops-client', 'will-published'],
    until: 6,
  },
  reset: {
    asks: 'comes back after its connection was reset',
    timeline: [{ at: '1.3K', fault: 'reset' }],
    expect: [{ reconnects: { latest: '3K' } }],
    until: 5,
  },
}

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: CLIENTS.join() },
    brokers: { type: 'string', default: BROKERS.join() },
    ways: { type: 'string', default: Object.keys(WAYS).join() },
    out: { type: 'string', default: 'matrix' },
    jobs: { type: 'string', default: '24' },
    against: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
})
const asked = {
  clients: values.clients.split(','),
  brokers: values.brokers.split(','),
  ways: values.ways
    .split(',')
    .map(way => [way, WAYS[way] ?? fail(`no way is called ${way}; there are ${values.ways}`)]),
}
const out = resolve(values.out)

/** The scenario of one question, for every pair. */
function scenarioFile([question, { timeline, expect, until }], { keepalive, lab, tls }) {
  return stringify({
    name: question,
    broker: tls ? { name: 'aedes', tls: true } : { name: 'aedes' },
    client: { name: 'mqttjs', keepalive, traffic: 'idle' },
    ...(tls && { link: { tls: 'inspect' } }),
    ...(timeline && { timeline }),
    matrix: { 'client.name': asked.clients, 'broker.name': asked.brokers },
    expect,
    until: `${until}K`,
    lab: [lab],
  })
}

/** Plays all questions one way; the page's data as its script reads it. */
function play([way, how]) {
  const folder = join(out, way)
  mkdirSync(folder, { recursive: true })
  for (const question of Object.entries(QUESTIONS))
    writeFileSync(join(folder, `${question[0]}.yaml`), scenarioFile(question, how))
  const args = [
    'run',
    folder,
    '--html',
    `${folder}.html`,
    '--pcap',
    join(folder, 'pcap'),
    '--out',
    join(folder, 'evidence'),
  ]
  const speed = how.speed === undefined ? [] : ['--speed', String(how.speed)]
  // It dies with this script, also where that is killed.
  const [program, ...own] = tetherByKernel([process.execPath, MAIN, ...args, ...speed])
  const { status } = spawnSync(program, [...own, '--jobs', values.jobs, '--quiet'], {
    cwd: out,
    stdio: 'inherit',
  })
  // 3 and 4: something was inconclusive, or failed; that is what the table is there to tell.
  if (![0, 3, 4].includes(status)) fail(`halfopen run ended with ${status}`)
  const { document } = parseHTML(readFileSync(`${folder}.html`, 'utf8'))
  return JSON.parse(document.getElementById('run').textContent)
}

/** `half-open [client.name=mqttjs, broker.name=aedes]` */
const PAIR = /^(?<question>\S+) \[client\.name=(?<client>[^,\]]+), broker\.name=(?<broker>[^,\]]+)\]$/

function cellsOf(way, page) {
  return page.scenarios.map(({ name, slug, result, checks, skip, client, broker }) => {
    const { question, client: clientName, broker: brokerName } = PAIR.exec(name)?.groups ?? fail(`no pair: ${name}`)
    const figures = checks.map(({ check, result, figure, allowed }) => ({
      check,
      result,
      figure,
      ...(allowed && { allowed }),
    }))
    const why = skip?.reason ?? checks.find(each => each.result !== 'pass')?.reason
    return {
      ...{ way, question, client: clientName, broker: brokerName, result, href: `${way}.html#${slug}` },
      ...(client && { clientVersion: client }),
      ...(broker && { brokerVersion: broker }),
      figures,
      ...(result !== 'pass' && why && { why }),
    }
  })
}

/** `client 6.02 s ±0.01 s (1.2K; allowed ...)` */
const FIGURE = /^(?<who>\S+) (?<time>[^(]+?)(?: \((?:(?<inK>[\d.]+K)[;)])?.*)?$/

/** What is allowed stands on the timeline's page. Of who noticed it is in keep-alives, so that the ways can be compared. */
function brief({ question, figures, why, result }) {
  if (figures.length === 0) return why ?? result
  const shown = figures.map(({ check, figure }) => {
    const { who, time, inK } = FIGURE.exec(figure)?.groups ?? {}
    return who === undefined ? figure || check : `${who} ${question === 'half-open' ? (inK ?? time) : time}`
  })
  return shown.join(', ')
}

const tableOf = (cells, way, question) => {
  const cell = (client, broker) =>
    cells.find(
      each => each.way === way && each.question === question && each.client === client && each.broker === broker,
    )
  const rows = asked.clients.map(client => [
    { text: client },
    ...asked.brokers.map(broker => {
      const found = cell(client, broker)
      return found ? { text: brief(found), mood: found.result, href: found.href } : { text: '-' }
    }),
  ])
  const columns = [{ label: 'client' }, ...asked.brokers.map(label => ({ label }))]
  return { title: `${question}, ${WAYS[way].title}`, columns, rows }
}

const machine = `${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`

function sums(cells) {
  const count = result => cells.filter(cell => cell.result === result).length
  return ['pass', 'fail', 'inconclusive', 'unsupported', 'skipped']
    .filter(result => count(result) > 0)
    .map(result => `${count(result)} ${result}`)
    .join(', ')
}

function page(cells, date, bundle) {
  const blocks = asked.ways.flatMap(([way, { title, keepalive }]) => [
    heading(2, `${title}, K = ${keepalive}`),
    ...Object.entries(QUESTIONS).flatMap(([question, { asks }]) => [
      heading(3, `${question}: ${asks}`),
      { is: 'table', table: tableOf(cells, way, question) },
    ]),
  ])
  const report = {
    halfopen: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
    kind: 'every client, every broker',
    answer: sums(cells),
    result: cells.some(({ result }) => result === 'fail') ? 'fail' : 'pass',
    lead: ['Each cell leads to its timeline; evidence and captures lie in the folder of its way.'],
    blocks: [...blocks, paragraph(`Made on ${date} by npm run matrix.`)],
    environment: [['machine', machine], ['made', date], ...versions(cells)],
  }
  return reportHtml({ page: report }, bundle)
}

const versions = cells =>
  ['clientVersion', 'brokerVersion'].map(key => [
    key === 'clientVersion' ? 'clients' : 'brokers',
    [...new Set(cells.map(cell => cell[key]).filter(Boolean))].sort().join(', '),
  ])

const SIGNS = { pass: '✓', fail: '✗ FAIL', inconclusive: '?', unsupported: '–', skipped: 'not played' }

/** For docs/matrix.md: signs and figures, and each reason once. */
function markdown(cells, date) {
  const tables = asked.ways.flatMap(([way, { title, keepalive }]) => [
    `## ${title[0].toUpperCase()}${title.slice(1)}, K = ${keepalive.replace('s', ' s')}\n`,
    ...Object.entries(QUESTIONS).flatMap(([question, { asks }]) => {
      const { columns, rows } = tableOf(cells, way, question)
      const line = texts => `| ${texts.join(' | ')} |`
      const shown = ({ text, mood }) => {
        if (!mood) return text
        const figure = ['pass', 'fail'].includes(mood) && question !== 'healthy' ? ` ${text}` : ''
        return `${SIGNS[mood]}${figure}`.replaceAll('|', '\\|')
      }
      return [
        `### ${question}: ${asks}\n`,
        line(columns.map(({ label }) => label)),
        line(columns.map(() => '---')),
        ...rows.map(row => line(row.map(shown))),
        '',
      ]
    }),
  ])
  const reasons = [...new Set(cells.filter(({ result, why }) => result === 'fail' && why).map(reasonLine))]
  const failed = reasons.length === 0 ? [] : ['## Why what failed did\n', ...reasons, '']
  const made = `Made on ${date} with ${machine}: ${sums(cells)}. ${versions(cells)
    .map(([who, list]) => `${who}: ${list}`)
    .join('; ')}.`
  return [made, '', ...tables, ...failed].join('\n')
}

const reasonLine = ({ way, question, client, broker, why }) => `- ${way}, ${question}, ${client} with ${broker}: ${why}`

/** Between these lines of docs/matrix.md stand the tables. */
const [FROM, TO] = ['<!-- what follows is written by scripts/matrix.js -->', '<!-- until here -->']

function writeDocs(text) {
  const file = join(ROOT, 'docs/matrix.md')
  const old = readFileSync(file, 'utf8')
  const [from, to] = [old.indexOf(FROM) + FROM.length, old.indexOf(TO)]
  if (to < from) fail('docs/matrix.md has no place for it')
  writeFileSync(file, `${old.slice(0, from)}\n\n${text}\n${old.slice(to)}`)
}

/** What came out otherwise than it did then; figures differ a little each time, and are in both files. */
function differences(cells, file) {
  const key = ({ way, question, client, broker }) => `${way}, ${question}, ${client} with ${broker}`
  const before = new Map(JSON.parse(readFileSync(file, 'utf8')).cells.map(cell => [key(cell), cell]))
  return cells.flatMap(cell => {
    const old = before.get(key(cell))
    if (!old) return [`${key(cell)}: new, ${cell.result}`]
    if (old.result === cell.result) return []
    return [`${key(cell)}: ${old.result} before (${old.clientVersion}, ${old.brokerVersion}), ${cell.result} now`]
  })
}

function fail(message) {
  console.error(`matrix: ${message}`)
  process.exit(1)
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const date = new Date().toISOString().slice(0, 10)
const cells = asked.ways.flatMap(way => cellsOf(way[0], play(way)))
writeFileSync(join(out, 'index.html'), page(cells, date, await pageBundle()))
writeFileSync(join(out, 'matrix.json'), `${JSON.stringify({ matrix: 1, date, machine, cells }, null, 1)}\n`)
if (values.docs) writeDocs(markdown(cells, date))
if (values.against)
  console.log(differences(cells, values.against).join('\n') || 'nothing came out otherwise than before')
console.log(`${sums(cells)}: ${join(values.out, 'index.html')}`)
