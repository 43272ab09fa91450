import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toxics } from '../src/link/toxics/index.ts'
import { KIND_NAMES } from '../src/plugin-set.ts'
import { builtIn } from '../src/plugins.ts'

const ROOT = resolve(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** A lower rank never imports a higher one: the table of docs/architecture.md, folder to rank. `src/` itself is ''. */
const RANKS: ReadonlyMap<string, number> = new Map(
  [...readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').matchAll(/^\| (\d+) \| (`[^|]+`) \|/gm)].flatMap(
    ([, rank, folders]) =>
      [...(folders ?? '').matchAll(/`([^`]+)\/`/g)].map(
        ([, folder]) => [folder === 'src' ? '' : String(folder), Number(rank)] as const,
      ),
  ),
)

/** Plug-in folders and the file that holds their contract. */
const PLUGIN_FOLDERS: Record<string, string> = {
  dialects: 'wire-dialect',
  'link/toxics': 'toxic',
  faults: 'fault',
  'judge/checks': 'check',
  'link/kinds': 'link',
  'peers/brokers': 'broker',
  'peers/clients': 'client',
  labs: 'lab',
  reporters: 'reporter',
}

const MOST_LINES = 300
const MANY_LINES = 200
const MOST_FUNCTION_LINES = 60
const TIMERS = /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now)/

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.split(sep).join('/'))
const text = (file: string) => readFileSync(join(SRC, file), 'utf8')
/** The room that a file lies in: the deepest folder of the table. */
const folderOf = (file: string): string => {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) if (RANKS.has(folder)) return folder
  return file.includes('/') ? dirname(file) : ''
}
const rankOf = (file: string) => RANKS.get(folderOf(file))

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
    expect([...new Set(files.map(folderOf))].filter(folder => !RANKS.has(folder))).toEqual([])
    expect([...RANKS.keys()].filter(folder => !files.some(file => folderOf(file) === folder))).toEqual([])
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

/** The plug-in files of a folder, read off its index: all that it imports but the contract. */
const registered = (folder: string) =>
  importsOf(`${folder}/index.ts`)
    .map(({ target }) => target)
    .filter(target => dirname(target) === folder && basename(target, '.ts') !== PLUGIN_FOLDERS[folder])

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
  dialects: 'WireDialect',
  'link/toxics': 'Toxic',
  faults: 'Fault',
  'judge/checks': 'Check',
  'link/kinds': 'LinkKind',
  'peers/brokers': 'BrokerKind',
  'peers/clients': 'ClientKind',
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
  'link/pipe',
  'judge',
  'sim',
  'engine',
  'reporters',
  'vitest',
]
/** Contracts, and what is shared by the plug-ins of a kind. */
const CONTRACT_FILES =
  /^(?:(?:faults|judge\/checks|peers\/clients|peers\/brokers|link\/kinds|labs|reporters|link\/toxics)\/(?:fault|check|history|window|words|told|subject|own|client|context|identity|payload|broker|serve|watchers|hosted|link|lab|admission|reachable|orders|labelled|bench|toxic|line|reporter)|timing\/[\w-]+)\.ts$/

/** From the vocabulary, so it names all of it. */
const GENERATED = 'scenario/vocabulary-types.ts'

/** `file: name`, each with its reason. */
const KNOWN_BY_NAME: readonly string[] = [
  // What a scenario means that names no lab or no link: part of the file format.
  'vitest/order.ts: local',
  'scenario/scenario-schema.ts: embedded',
  // The latency of a link is the delay that the fault of that name makes.
  'link/pipe/hub.ts: delay',
  // A will's delay.
  'scenario/rules.ts: delay',
  // Evidence of 0.1.0 and before does not tell whether a client pings.
  'evidence/evidence-schema.ts: silent',
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
    expect(core.length).toBeGreaterThan(100)
    expect(names.length).toBeGreaterThan(50)
  })
})

// The compiler of the project itself has no API that is called from a program.
const ts = createRequire(createRequire(import.meta.url).resolve('dts-bundle-generator'))('typescript')

interface SyntaxNode {
  readonly name?: { getText(): string }
  readonly body?: SyntaxNode
  readonly parent: SyntaxNode
  getText(): string
}

/** The functions and methods that are too long, by name. */
function longFunctions(source: string): string[] {
  const found: string[] = []
  const visit = (node: SyntaxNode): void => {
    if (node.body && ts.isFunctionLike(node) && node.getText().split('\n').length > MOST_FUNCTION_LINES)
      found.push((node.name ?? node.parent.name)?.getText() ?? 'constructor')
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true))
  return found
}

describe('names', () => {
  /** A command's own parts, and a plug-in folder's list. */
  const SHARED: readonly string[] = ['index.ts', 'command.ts', 'run.ts', 'options.ts']

  const twice = (all: readonly (readonly [name: string, file: string])[]): string[] => {
    const byName = new Map<string, Set<string>>()
    for (const [name, file] of all) byName.set(name, (byName.get(name) ?? new Set()).add(file))
    return [...byName].flatMap(([name, found]) => (found.size > 1 ? [`${name}: ${[...found].join(', ')}`] : []))
  }

  test('of files are unique', () => {
    const named = files.map(file => [basename(file), file] as const).filter(([name]) => !SHARED.includes(name))
    expect(twice(named)).toEqual([])
  })

  test('of what is exported as a noun are defined once', () => {
    const nouns = files.flatMap(file =>
      [...code(file).matchAll(/^export (?:abstract )?(?:interface|type|class|const|enum) ([A-Z]\w*)/gm)].map(
        ([, noun]) => [String(noun), file] as const,
      ),
    )
    // What the front door hands out may be called as what it wraps.
    expect(twice(nouns.filter(([, file]) => file !== 'index.ts'))).toEqual([])
    expect(nouns.length).toBeGreaterThan(300)
  })
})

describe('imports', () => {
  test('make no circle, also those of types alone', () => {
    const targets = new Map(files.map(file => [file, importsOf(file).map(({ target }) => target)]))
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, way: readonly string[]): void => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '))
      if (done.has(file) || way.includes(file)) return
      for (const target of targets.get(file) ?? []) visit(target, [...way, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(circles).toEqual([])
  })

  test("of one command are no other command's", () => {
    const commandOf = (file: string) => /^commands\/([^/]+)\//.exec(file)?.[1]
    const wrong = files.flatMap(file =>
      importsOf(file)
        .filter(({ target }) => commandOf(file) && commandOf(target) && commandOf(file) !== commandOf(target))
        .map(({ target }) => `${commandOf(file)} -> ${target}`),
    )
    expect([...new Set(wrong)]).toEqual([])
  })
})

describe('tests', () => {
  /** Of several rooms at once, of the command line as a whole, of the repository; and what tests need. */
  const ACROSS: readonly string[] = [
    ...[
      'canary',
      'claims',
      'cli',
      'conformance',
      'containers',
      'doubt',
      'fixtures',
      'fuzz',
      'golden',
      'harm',
      'hostile',
    ],
  ]

  test('lie in the folders of what they test', () => {
    const folders = new Set(
      readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith('.test.ts'))
        .map(file => dirname(file.split(sep).join('/'))),
    )
    const wrong = [...folders].filter(
      folder =>
        folder !== '.' &&
        !ACROSS.includes(folder.split('/')[0] ?? '') &&
        !files.some(file => file.startsWith(`${folder}/`)),
    )
    expect(wrong).toEqual([])
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

  /** Each is one loop or one closure that would not read better in pieces. */
  const LONG_FUNCTIONS: readonly string[] = [
    'clock/virtual.ts: virtualClock',
    'commands/proxy/routes.ts: apiRoutes',
    'engine/handshake.ts: handshake',
    'hosts/host-main.ts: main',
    'hosts/host.ts: Host',
    'labs/netns/opener-main.ts: openerMain',
    'link/kinds/firewall/firewall-idle-force.ts: idleForce',
    'link/kinds/toxiproxy/toxiproxy-idle-force.ts: idleForce',
  ]

  test(`no function is over ${MOST_FUNCTION_LINES} lines`, () => {
    const long = files.flatMap(file => longFunctions(text(file)).map(start => `${file}: ${start}`))
    expect(long.filter(each => !LONG_FUNCTIONS.includes(each))).toEqual([])
    expect(LONG_FUNCTIONS.filter(each => !long.includes(each))).toEqual([])
  })

  /** Where the machine's own time is the subject, each with its reason. */
  const OWN_TIME: readonly string[] = [
    'clock/real.ts',
    'clock/faster.ts',
    'clock/virtual.ts',
    'clock/turns.ts',
    // The date, of which a time server tells how far it is off.
    'clock/wall-clock.ts',
    'sim/dispatchers.ts',
  ]

  test('only the clock touches timers and dates', () => {
    const wrong = files.filter(file => !OWN_TIME.includes(file) && TIMERS.test(code(file)))
    expect(wrong).toEqual([])
  })

  /** A date is no time: it is only printed, and nothing is counted from it. */
  const STAMPS: readonly string[] = [
    'engine/run.ts',
    'commands/compare/run.ts',
    'commands/judge/run.ts',
    'commands/run/run.ts',
    // From when to when a certificate is valid.
    'certificates/authority.ts',
    // The moment of --start-at.
    'commands/run/keep-record.ts',
    'commands/run/start-at.ts',
    // Dates of a log, in words and in JSON.
    'diagnosis/dates.ts',
    'diagnosis/diagnosis-json.ts',
    // Of a capture's packets: they are the capture's, and none is now.
    'captures/capture-facts.ts',
  ]

  test('dates are only stamped on what is saved', () => {
    const wrong = files.filter(file => !STAMPS.includes(file) && /new Date\(/.test(code(file)))
    expect(wrong).toEqual([])
  })

  /** Whatever else writes to a stream could steer a terminal, or the CI that reads the log. */
  const WRITERS: readonly string[] = [
    'terminal/say.ts',
    'terminal/terminal.ts',
    'cli/main.ts',
    'cli/output.ts',
    'labs/containers/engine.ts',
  ]

  test('only one way makes folders: that of Node never ends in /proc', () => {
    expect(files.filter(file => /\bmkdir(?:Sync)?\([^)]*\brecursive\b/.test(code(file)))).toEqual([])
  })

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
