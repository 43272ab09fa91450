import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KIND_NAMES } from '../src/plugin-set.ts'
import { builtIn } from '../src/plugins.ts'
import { toxics } from '../src/toxics/index.ts'

const ROOT = resolve(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** A lower rank never imports a higher one (docs/architecture.md). */
const RANKS: Record<string, number> = {
  model: 0,
  hosts: 2,
  text: 0,
  timing: 1,
  middleboxes: 1,
  mqtt: 1,
  clock: 1,
  evidence: 1,
  logs: 1,
  scenario: 2,
  toxics: 2,
  faults: 2,
  checks: 2,
  advise: 2,
  captures: 2,
  link: 3,
  judge: 3,
  peers: 3,
  sim: 3,
  links: 4,
  brokers: 4,
  clients: 4,
  models: 4,
  proxy: 4,
  probe: 4,
  labs: 4,
  diagnosis: 3,
  engine: 5,
  repro: 5,
  reporters: 6,
  pages: 6,
  compare: 6,
  device: 6,
  ratio: 6,
  cli: 7,
  vitest: 7,
}

/** Plug-in folders and the file that holds their contract. */
const PLUGIN_FOLDERS: Record<string, string> = {
  toxics: 'toxic',
  faults: 'fault',
  checks: 'check',
  links: 'link',
  brokers: 'broker',
  clients: 'client',
  labs: 'lab',
  reporters: 'reporter',
}

const MOST_LINES = 250
const MANY_LINES = 120
const TIMERS = /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now)/

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.split(sep).join('/'))
const text = (file: string) => readFileSync(join(SRC, file), 'utf8')
const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')
const rankOf = (file: string) => (folderOf(file) === '' ? 7 : RANKS[folderOf(file)])

function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const found = [...text(file).matchAll(/^(?:import|export)( type)?\b[^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)]
  return found.map(match => ({
    target: relative(SRC, resolve(SRC, dirname(file), match[2] ?? match[3] ?? ''))
      .split(sep)
      .join('/'),
    typeOnly: match[1] !== undefined,
  }))
}

const code = (file: string) => text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

describe('layers', () => {
  test('every folder has a rank', () => {
    expect([...new Set(files.map(folderOf))].filter(folder => folder !== '' && !(folder in RANKS))).toEqual([])
  })

  test('no file imports from a higher rank', () => {
    const wrong = files.flatMap(file =>
      importsOf(file)
        .filter(({ target }) => (rankOf(target) ?? 99) > (rankOf(file) ?? -1))
        .map(({ target }) => `${file} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('plug-ins know each other by contract only', () => {
    const wrong = files.flatMap(file => {
      const contract = PLUGIN_FOLDERS[folderOf(file)]
      if (!contract || dirname(file) !== folderOf(file) || basename(file) === 'index.ts') return []
      return importsOf(file)
        .filter(({ target, typeOnly }) => !typeOnly && registered(folderOf(file)).includes(target))
        .map(({ target }) => `${file} -> ${target}`)
    })
    expect(wrong).toEqual([])
  })
})

/** The plug-in files of a folder, read off its index. */
const registered = (folder: string) => importsOf(`${folder}/index.ts`).map(({ target }) => target)

describe('plug-ins', () => {
  test.each(Object.keys(PLUGIN_FOLDERS))('every plug-in in %s is registered', folder => {
    const contract = PLUGIN_FOLDERS[folder]
    const typed = new RegExp(`: (${KIND_TYPES[folder]})\\b`)
    const plugins = files.filter(
      file => dirname(file) === folder && basename(file, '.ts') !== contract && /^export /m.test(text(file)),
    )
    const missing = plugins.filter(file => typed.test(exportsOf(file)) && !registered(folder).includes(file))
    expect(missing).toEqual([])
    expect(registered(folder).length).toBeGreaterThan(0)
  })
})

const KIND_TYPES: Record<string, string> = {
  toxics: 'Toxic',
  faults: 'Fault',
  checks: 'Check',
  links: 'LinkKind',
  brokers: 'BrokerKind',
  clients: 'ClientKind',
  labs: 'LabKind',
  reporters: 'Reporter',
}
const exportsOf = (file: string) =>
  text(file)
    .split('\n')
    .filter(line => line.startsWith('export const'))
    .join('\n')

/** Where what every scenario goes through is made: it knows plug-ins by their contracts. */
const CORE = [
  'model',
  'text',
  'clock',
  'mqtt',
  'evidence',
  'hosts',
  'scenario',
  'link',
  'judge',
  'sim',
  'engine',
  'reporters',
  'vitest',
]
/** Contracts, and what is shared by the plug-ins of a kind. */
const CONTRACT_FILES =
  /^(?:(?:faults|checks|clients|brokers|links|labs|reporters|toxics)\/(?:fault|check|history|window|words|told|subject|own|client|seat|identity|payload|broker|serve|watchers|hosted|link|lab|admission|reachable|orders|labelled|bench|pool|toxic|line|reporter)|timing\/[\w-]+)\.ts$/

/** From the vocabulary, so it names all of it. */
const GENERATED = 'scenario/vocabulary-types.ts'

/** `file: name`, each with its reason. */
const KNOWN_BY_NAME: readonly string[] = [
  // What a scenario means that names no lab or no link: part of the file format.
  'vitest/order.ts: local',
  'scenario/schema.ts: embedded',
  // The latency of a link is the delay that the fault of that name makes.
  'link/hub.ts: delay',
  // A will's delay.
  'scenario/rules.ts: delay',
  // Evidence of 0.1.0 and before does not tell whether a client pings.
  'evidence/schema.ts: silent',
]

describe('names of plug-ins', () => {
  /** Words that mean something else as well: an event, a toxic's rule, an export of a module. */
  const words = ['close', 'reset', 'default', 'json', 'freeze', 'kill', 'driver', 'command', 'measured']
  const kinds = [...KIND_NAMES.flatMap(kind => [...builtIn[kind].keys()]), ...toxics.keys()]
  const names = [...new Set(kinds)].filter(name => !words.includes(name))
  const quoted = new RegExp(`(['"\`])(${names.map(name => name.replace(/\./g, '\\.')).join('|')})(?:#\\d+)?\\1`, 'g')

  test('stand in no file of the core', () => {
    const core = files.filter(
      file =>
        file !== GENERATED &&
        ((CORE.includes(folderOf(file)) && !registered('reporters').includes(file)) || CONTRACT_FILES.test(file)),
    )
    const found = new Set(
      core.flatMap(file =>
        [
          ...code(file)
            .replace(/onExpiry: 'silent'/g, '')
            .matchAll(quoted),
        ].map(([, , name]) => `${file}: ${name}`),
      ),
    )
    expect([...found].filter(each => !KNOWN_BY_NAME.includes(each))).toEqual([])
    expect(KNOWN_BY_NAME.filter(each => !found.has(each))).toEqual([])
    expect(core.length).toBeGreaterThan(150)
    expect(names.length).toBeGreaterThan(50)
  })
})

describe('files', () => {
  test(`none is over ${MOST_LINES} lines`, () => {
    expect(files.filter(file => text(file).split('\n').length > MOST_LINES)).toEqual([])
  })

  test(`four in five are at most ${MANY_LINES} lines`, () => {
    const long = files.filter(file => text(file).split('\n').length > MANY_LINES)
    expect(long.length / files.length, `over ${MANY_LINES} lines: ${long.join(', ')}`).toBeLessThanOrEqual(1 / 5)
  })

  /** Where the machine's own time is the subject, each with its reason. */
  const OWN_TIME: readonly string[] = ['clock/real.ts', 'clock/virtual.ts', 'clock/turns.ts', 'sim/dispatchers.ts']

  test('only the clock touches timers and dates', () => {
    const wrong = files.filter(file => !OWN_TIME.includes(file) && TIMERS.test(code(file)))
    expect(wrong).toEqual([])
  })

  /** A date is no time: it is only printed, and nothing is counted from it. */
  const STAMPS: readonly string[] = [
    'engine/header.ts',
    'cli/compare/compare.ts',
    'cli/judge/judge.ts',
    'cli/run/run.ts',
    // Dates of a log, in words and in JSON.
    'diagnosis/dates.ts',
    'diagnosis/json.ts',
    // Of a capture's packets: they are the capture's, and none is now.
    'captures/text.ts',
  ]

  test('dates are only stamped on what is saved', () => {
    const wrong = files.filter(file => !STAMPS.includes(file) && /new Date\(/.test(code(file)))
    expect(wrong).toEqual([])
  })

  /** Whatever else writes to a stream could steer a terminal, or the CI that reads the log. */
  const WRITERS: readonly string[] = [
    'cli/say.ts',
    'cli/terminal.ts',
    'cli/main.ts',
    'cli/output.ts',
    'labs/containers/patience.ts',
  ]

  test('only one way leads to the terminal', () => {
    const wrong = files.filter(
      file =>
        !WRITERS.includes(file) && /\bstd(?:out|err)\.write\(|\bwriteSync\([12]\b|\bconsole\.\w+\(/.test(code(file)),
    )
    expect(wrong).toEqual([])
  })

  test('every bundled scenario is one claim in at most 40 lines', () => {
    const scenarios = readdirSync(join(ROOT, 'scenarios'), { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.yaml'),
    )
    const long = scenarios.filter(file => readFileSync(join(ROOT, 'scenarios', file), 'utf8').split('\n').length > 41)
    expect(long).toEqual([])
    expect(scenarios.length).toBeGreaterThanOrEqual(24)
  })
})
