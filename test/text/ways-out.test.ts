/**
 * Whatever a client id, a note, a name or a reason may hold, it is shown and steers nothing: through every field of what is
 * reported, on every way out. Each field of text gets a canary, in turn and all at once, and what comes out is read as the
 * program reads it that would be steered: GitHub's runner, a terminal, a browser, a spreadsheet, a Markdown renderer.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evidenceCapture } from '../../src/captures/evidence-capture.ts'
import type { Comparison } from '../../src/commands/compare/comparison.ts'
import { deliver as deliverComparison } from '../../src/commands/compare/deliver.ts'
import { DEFAULT_LIMITS } from '../../src/commands/device/device-limits.ts'
import { formatOf } from '../../src/commands/device/formats.ts'
import type { Reported } from '../../src/commands/device/report/document.ts'
import { stepLines } from '../../src/commands/device/watch.ts'
import { listText } from '../../src/commands/list/run.ts'
import { findingsOf } from '../../src/commands/probe/findings.ts'
import { probePage } from '../../src/commands/probe/probe-page.ts'
import { reportText } from '../../src/commands/probe/probe-text.ts'
import { deliver as deliverRatios } from '../../src/commands/ratios/run.ts'
import { diagnosisPage } from '../../src/commands/repro/diagnosis-page.ts'
import { dateWords } from '../../src/diagnosis/dates.ts'
import { reproductionOf } from '../../src/diagnosis/reproduction.ts'
import { parseEvidence } from '../../src/evidence/read-evidence.ts'
import { formatEvidence } from '../../src/evidence/write.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { ScenarioReport } from '../../src/model/verdict.ts'
import { pageBundle } from '../../src/pages/page-bundle.ts'
import { pageHtml, reportHtml } from '../../src/pages/page-html.ts'
import { runPage } from '../../src/pages/run-page.ts'
import { reporters } from '../../src/reporters/index.ts'
import { formatProblems } from '../../src/scenario/format.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { steady } from '../../src/terminal/say.ts'
import { openSinks } from '../../src/terminal/sinks.ts'
import type { Terminal } from '../../src/terminal/terminal.ts'
import { harmless } from '../../src/text/harmless.ts'
import { ScenarioError } from '../../src/vitest/register.ts'
import { compared } from '../commands/compare/grids.ts'
import { mqttjs, publishes, simulated } from '../commands/device/simulated.ts'
import { diagnosed } from '../diagnosis/diagnosed.ts'
import { tableOf } from '../figures/world.ts'
import { everything, look, planOf, suiteOf } from '../reporters/reports.ts'
import { vocabulary } from '../scenario/vocabulary.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
const numRuns = process.env.HALFOPEN_SLOW === '1' ? 1000 : 25
console.log(`what comes from outside, on every way out: HALFOPEN_FUZZ_SEED=${seed}`)

const CANARY =
  '=1+1\n::error file=a::INJECTED\r\n  ::add-mask::x\u2028::warning::y ##[error]z ##vso[task.x]y ##teamcity[z]\t' +
  '\u001b[2J\u001b]0;t\u0007\u009b1m\u0000\u202eabc\u2066\u200f\ufeff\ud800<b id="canary">&\'"|`# | * _ [a](b) </pre>```\n# x\n- y'
const SCRAPS = [
  ...CANARY.split(/(?<=[\s\S]{3})/),
  '::error::x',
  '\n',
  '\r',
  '\u001b[',
  ' ',
  '|',
  '`',
  '<b>',
  '=',
  '@',
  '-',
]
const nasty = fc.oneof(
  fc.constant(CANARY),
  fc.array(fc.constantFrom(...SCRAPS), { minLength: 1, maxLength: 12 }).map(s => s.join('')),
)

/** Of the same field two runs differ; a closed word (a result, a kind) is none of a peer's. */
const CLOSED = new Set([
  ...['result', 'origin', 'what', 'who', 'how', 'edge', 'from', 'flow', 'cmd', 'role', 'traffic', 'lab', 'is', 'over'],
  ...['serverKeepAlive', 'whilePublishing', 'first', 'kind', 'variant', 'activity', 'onExpiry', 'inside', 'outside'],
  ...['started', 'imposed', 'refuse', 'layer', 'must', 'fault', 'verdict', 'clean', 'cell', 'metric', 'axis'],
])

type Path = readonly (string | number)[]

/** Where texts stand in plain data that are not of a closed list. */
function textsIn(data: unknown, path: Path = []): Path[] {
  if (typeof data === 'string') return CLOSED.has(String(path.findLast(step => typeof step === 'string'))) ? [] : [path]
  if (Array.isArray(data)) return data.slice(0, 3).flatMap((item, i) => textsIn(item, [...path, i]))
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype) return []
  return Object.entries(data).flatMap(([key, item]) => textsIn(item, [...path, key]))
}

function withText<T>(data: T, path: Path, add: string): T {
  const [step, ...rest] = path
  if (step === undefined) return `${data}${add}` as T
  const copy = (Array.isArray(data) ? [...data] : { ...data }) as Record<string | number, unknown>
  copy[step] = withText(copy[step], rest, add)
  return copy as T
}

// --- what reads it

const GITHUB =
  /^(?:error|warning|notice|debug|group|endgroup|add-mask|add-matcher|remove-matcher|set-output|save-state|set-env|add-path|echo|stop-commands)$/i

/** As actions/runner does, src/Runner.Common/ActionCommand.cs: TryParseV2, then TryParse. */
const commandsIn = (text: string): string[] =>
  text.split(/\r\n|\r|\n/).filter(line => {
    const start = line.trimStart()
    const end = start.startsWith('::') ? start.indexOf('::', 2) : -1
    const [name = ''] = start.slice(2, Math.max(end, 2)).split(' ')
    return GITHUB.test(name) || /##\[|##vso\[|##teamcity\[/i.test(line)
  })

const isControl = (code: number): boolean =>
  (code < 0x20 && code !== 0x0a && code !== 0x09) || (code >= 0x7f && code < 0xa0)
const MARKS = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/

function isQuiet(text: string): void {
  const control = [...text].find(char => isControl(char.codePointAt(0) ?? 0))
  expect(control?.charCodeAt(0).toString(16)).toBeUndefined()
  expect(MARKS.exec(text)?.[0].charCodeAt(0).toString(16)).toBeUndefined()
  expect(Buffer.from(text).toString()).toBe(text)
  expect(commandsIn(text)).toEqual([])
}

const elementsOf = (text: string): string[] =>
  [...parseHTML(text).document.querySelectorAll('*')].map(({ tagName }) => tagName)

type Reader = (text: string, benign: string) => void
const lines = (text: string): number => text.split('\n').length

const READERS: Readonly<Record<string, Reader>> = {
  text: isQuiet,
  json(text, benign) {
    isQuiet(text)
    expect(() => JSON.parse(text)).not.toThrow()
    expect(lines(text)).toBe(lines(benign))
  },
  ndjson(text, benign) {
    isQuiet(text)
    for (const line of text.trimEnd().split('\n')) JSON.parse(line)
    expect(lines(text)).toBe(lines(benign))
  },
  html(text, benign) {
    isQuiet(text)
    // Texts may take more lines; but every element is one of ours.
    expect([...new Set(elementsOf(text))].sort()).toEqual([...new Set(elementsOf(benign))].sort())
    expect(text).not.toMatch(/<b[ >]/)
  },
  csv(text, benign) {
    isQuiet(text)
    expect(lines(text)).toBe(lines(benign))
    for (const cell of text.split(/,|\n/)) expect(cell).not.toMatch(/^"?[=@+]|^"?-(?!\d)/)
  },
  md(text, benign) {
    isQuiet(text)
    expect(lines(text)).toBe(lines(benign))
    const bars = (all: string) =>
      all
        .split('\n')
        .filter(line => line.startsWith('| '))
        .map(line => line.match(/(?<!\\)\|/g)?.length)
    expect(bars(text)).toEqual(bars(benign))
    const outside = text.replace(/```+text\n[\s\S]*?\n```+/g, '')
    expect(outside).not.toMatch(/(?<!\\)<b|(?<!\\)`/)
  },
  /** As many lines as there were. */
  lined(text, benign) {
    isQuiet(text)
    expect(lines(text)).toBe(lines(benign))
  },
  /** Of GitHub: every block of code and every span is closed, and a diagram has as many lines as it had. */
  markdown(text, benign) {
    isQuiet(text)
    expect(lines(text)).toBe(lines(benign))
    const fences = (all: string) => all.split('\n').filter(line => line.startsWith('```'))
    expect(fences(text)).toEqual(fences(benign))
    for (const diagram of text.match(/^```mermaid\n[\s\S]*?^```$/gm) ?? []) expect(diagram).not.toMatch(/[;#]/)
    const prose = text.replace(/^```mermaid\n[\s\S]*?^```$/gm, '').replace(/(?<!\\)`[^`\n]*`/g, '')
    expect(prose).not.toMatch(/(?<!\\)<b|(?<!\\)`/)
  },
  /** Annotations are commands: as many as there were, each with its own words only. */
  commands(text, benign) {
    expect(commandsIn(text.replaceAll(/^::(?:error|warning) /gm, ''))).toEqual([])
    expect(commandsIn(text).length).toBe(commandsIn(benign).length)
    isQuiet(text.replace(/^::/gm, ''))
  },
}

interface WayOut<T> {
  readonly data: () => T
  /** What comes out, by a name that starts with how it is read. */
  readonly out: (data: T) => Promise<Readonly<Record<string, string>>>
}
const way = <T>(data: () => T, out: WayOut<T>['out']): WayOut<unknown> => ({ data, out }) as WayOut<unknown>

let dir: string
let device: Reported
let grid: Comparison
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halfopen-out-'))
  grid = await compared(
    { keepalive: '30s,60s', client: 'mqttjs,paho-c', broker: 'aedes,mosquitto-2.0.11' },
    { phases: 1 },
  )
  const run = await simulated({
    module: 'mqtt4',
    device: (dial, _clock, mqtt) => publishes(mqttjs(mqtt, dial, { clientId: 'a device' }), 2000),
    only: ['interval', 'half-open-publishing'],
  })
  device = {
    run: { ...run, strangers: ['another'] },
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
    evidence: 'device.ndjson',
  }
}, 60_000)
afterAll(() => rm(dir, { recursive: true }))

/** A terminal that keeps what is printed; colours only where ours are. */
function kept(color = false): Terminal & { printed: string; commands: string } {
  return {
    redraws: false,
    look: look({ color, source: () => `name: x\nbroker: ${CANARY}\n` }),
    printed: '',
    commands: '',
    print(text) {
      this.printed += text
    },
    command(text) {
      this.commands += text
    },
    live() {},
  }
}

async function reported(name: string, reports: readonly ScenarioReport[]): Promise<string> {
  const terminal = kept()
  const reporter = reporters.get(name)
  if (!reporter) throw new Error(name)
  const sinks = openSinks([reporter], {}, planOf(reports), terminal)
  for (const report of reports) sinks.ended(report)
  sinks.finished(suiteOf(reports))
  return terminal.printed + terminal.commands
}

const saved = async (names: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(Object.entries(names).map(async ([key, file]) => [key, await readFile(join(dir, file), 'utf8')])),
  )

const ratios = tableOf({
  clients: { mqttjs: K => 1.5 * K, deaf: () => undefined },
  brokers: { aedes: { k: 1.5, ms: 1 } },
  change: sample => (sample.told ? { ...sample, told: 'closed' } : sample),
})

const evidence = parseEvidence(
  readFileSync(join(import.meta.dirname, '../golden/judge/both-notice.ndjson'), 'utf8'),
  'both-notice.ndjson',
)
const BUNDLE = { script: "document.title = 'drawn'", style: 'body { margin: 0 }' }

/** A client that is cut off again and again, as AWS IoT tells it in JSON: there a text may hold anything. */
const awsLog = (clientId: string, ipAddress: string): string =>
  Array.from({ length: 5 }, (_, i) => [
    { eventType: 'connected', clientId, ipAddress, timestamp: i * 400_000 },
    { eventType: 'disconnected', clientId, disconnectReason: 'CONNECTION_LOST', timestamp: i * 400_000 + 300_000 },
  ])
    .flat()
    .map(event => `${JSON.stringify(event)}\n`)
    .join('')

/** Texts of the options of a block of pcapng: comments and names. */
function optionsIn(block: Buffer): string[] {
  const fixed = { 168627466: 16, 1: 8, 6: 20 }[block.readUInt32LE(0)] ?? 0
  const bytes = block.readUInt32LE(0) === 6 ? Math.ceil(block.readUInt32LE(20) / 4) * 4 : 0
  const texts: string[] = []
  for (let at = 8 + fixed + bytes; at < block.length - 4; ) {
    const [code, length] = [block.readUInt16LE(at), block.readUInt16LE(at + 2)]
    if (code === 0) break
    texts.push(block.toString('utf8', at + 4, at + 4 + length))
    at += 4 + Math.ceil(length / 4) * 4
  }
  return texts
}

/** A text is one line: it begins none that halfopen did not write. */
const one = (text: string): string => {
  expect(text).not.toContain('\n')
  return text
}

const WAYS: Readonly<Record<string, WayOut<unknown>>> = {
  'our reporters': way(
    () => everything,
    async reports => ({
      text: await reported('default', reports),
      json: await reported('json', reports),
      commands: await reported('github-actions', reports),
    }),
  ),
  "a test runner's errors": way(
    () => everything.filter(({ verdict }) => verdict?.result === 'fail'),
    async reports => {
      const errors = reports.map(report => new ScenarioError({ report }, { cwd: '/home/ada', caller: [] }))
      return { text: errors.map(({ message, stack }) => `${message}\n${stack}`).join('\n') }
    },
  ),
  'the report of a device': way(
    () => device,
    async reported => ({
      md: (await formatOf('x.md')?.(reported)) ?? '',
      html: (await formatOf('x.html')?.(reported)) ?? '',
      json: (await formatOf('x.json')?.(reported)) ?? '',
      text: reported.run.outcomes.map(outcome => stepLines(harmless(outcome), { color: false, width: 80 })).join(''),
      ndjson: formatEvidence(reported.run.evidence),
    }),
  ),
  'a comparison': way(
    () => grid,
    async comparison => {
      const terminal = kept()
      const files = { json: 'c.json', csv: 'c.csv', svg: 'c.svg', html: 'c.html' }
      const paths = Object.fromEntries(Object.entries(files).map(([key, file]) => [key, join(dir, file)]))
      expect(await deliverComparison(comparison, paths, terminal)).toEqual([])
      const { svg = '', ...written } = await saved(files)
      return { text: terminal.printed, ...written, 'html svg': svg }
    },
  ),
  'the ratio table': way(
    () => ratios,
    async table => {
      const terminal = kept()
      const files = { json: 'r.json', csv: 'r.csv', md: 'r.md', html: 'r.html' }
      const { md, ...paths } = Object.fromEntries(Object.entries(files).map(([key, file]) => [key, join(dir, file)]))
      expect(await deliverRatios(table, { ...paths, markdown: md } as never, terminal)).toEqual([])
      return { text: terminal.printed, ...(await saved(files)) }
    },
  ),
  'a probe': way(
    () => ({
      target: 'mqtts://broker.example:8883',
      findings: findingsOf([{ variant: 'client', silenceMs: 1000, outcome: { what: 'silent' } }], { keepaliveS: 0 }),
      observations: [{ variant: 'client', silenceMs: 1000, outcome: { what: 'silent' } }] as const,
      longestMs: 600_000,
      keepaliveS: 0,
      connections: 96,
      tookMs: 640_000,
      partial: 'it was stopped',
      skipped: ['the broker does not let it subscribe'],
    }),
    async report => ({
      text: reportText(harmless(report)),
      html: reportHtml({ page: probePage(harmless(report)) }, await pageBundle()),
    }),
  ),
  'the diagnosis of a log': way(
    () => ({ client: 'pump-9', ip: '10.0.0.9', file: 'a.log' }),
    async ({ client, ip, file }) => {
      const { text, diagnosis } = diagnosed(awsLog(client, ip))
      const scenario = reproductionOf(diagnosis)
      const page = diagnosisPage(diagnosis, {
        source: file,
        lines: text.split('\n'),
        date: dateWords('full'),
        scenario,
      })
      const html = reportHtml({ page }, await pageBundle())
      return { text, 'lined text': text, html }
    },
  ),
  'the page of a run': way(
    () => everything,
    async reports => {
      const suite = suiteOf(reports)
      const html = pageHtml(await runPage(suite, planOf(reports), look(), async () => undefined, [CANARY]), BUNDLE)
      return { html }
    },
  ),
  "summaries of a run and a dashboard's report": way(
    () => everything,
    async reports => ({ markdown: await reported('markdown', reports), json: await reported('ctrf', reports) }),
  ),
  'the comments of a capture': way(
    () => ({ name: evidence.header.scenario.name, note: 'a note', reason: 'too late' }),
    async ({ name, note, reason }) => {
      const { header, events } = evidence
      const told = {
        header: { ...header, scenario: { ...header.scenario, name } },
        events: events.map(event => (event.who === 'harness' ? { ...event, note } : event)),
      } as Evidence
      const verdict = judge(told, checks)
      const outcomes = verdict.outcomes.map(each => ({ ...each, reason }))
      const blocks = [...evidenceCapture(told, { ...verdict, outcomes })]
      return {
        text: blocks.flatMap(optionsIn).join('\n'),
        'text blocks': blocks.flatMap(optionsIn).map(one).join('\n'),
      }
    },
  ),
  'a list': way(
    () => [{ name: 'a', summary: 'b', facts: { c: 'd', e: ['f'] }, available: { reason: 'g', remedy: 'h' } }],
    async entries => ({ text: listText('clients', harmless(entries), { width: 80, color: false }) }),
  ),
  'problems of a file': way(
    () => ({ name: 'x', broker: 'aedess', key: 'y', nearest: 'z', file: 'x.yaml' }),
    async ({ name, broker, key, nearest, file }) => {
      const text = `name: ${JSON.stringify(name)}\nbroker: ${JSON.stringify(broker)}\n# ${name}\n${JSON.stringify(key)}: 1\n`
      const { problems } = loadScenarioText(text, file, vocabulary)
      const more = [{ position: { file, line: 1, column: 1 }, message: key, allowed: [name], nearest }]
      return { text: formatProblems([...problems, ...more], new Map([[file, text]]), { color: false }) }
    },
  ),
}

describe('what comes from outside is shown, and steers nothing', () => {
  test('and the readers know what would', () => {
    expect(commandsIn('a\n  ::error file=x::y\n##[error]z\nfine ::error::x\n::1:1883')).toHaveLength(2)
    for (const char of ['\u001b', '\u202e', '\u009b', '\ud800', '\r']) expect(() => isQuiet(`a${char}b`)).toThrow()
    expect(() => READERS.csv?.('a\n=1\n', 'a\nb\n')).toThrow()
    expect(() => READERS.md?.('| a | b |', '| a |')).toThrow()
    expect(() => READERS.html?.('<p><b>x</b></p>', '<p>x</p>')).toThrow()
  })

  test.each(Object.entries(WAYS))('in any field of %s', { timeout: 120_000 }, async (_, { data, out }) => {
    const sample = data()
    const fields = textsIn(sample)
    expect(fields.length).toBeGreaterThan(2)
    const benign = await out(fields.reduce((all, path) => withText(all, path, 'x'), sample))
    const read = (found: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(found)) READERS[name.split(' ')[0] ?? '']?.(text, benign[name] ?? '')
    }
    read(benign)
    const everywhere = fields.reduce((all, path) => withText(all, path, CANARY), sample)
    read(await out(everywhere))
    const holds = async (which: number, text: string) => {
      const path = fields[which % fields.length] ?? []
      const others = fields.filter(field => field !== path)
      read(
        await out(
          withText(
            others.reduce((all, field) => withText(all, field, 'x'), sample),
            path,
            text,
          ),
        ),
      )
    }
    await fc.assert(fc.asyncProperty(fc.nat(10_000), nasty, holds), { seed, numRuns })
  })

  test('JSON loses nothing of it', async () => {
    const [first] = everything
    if (!first) throw new Error('no report')
    const text = await reported('json', [withText(first, ['scenario', 'name'], CANARY)])
    expect(JSON.parse(text).results[0].name).toBe(`${first.scenario.name}${CANARY}`)
  })

  test('and where it was forgotten, the last way out holds', () => {
    const holds = (text: string) => isQuiet(stripVTControlCharacters(steady(text)))
    fc.assert(fc.property(nasty, holds), { seed, numRuns: 500 })
  })
})
