import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { vocabulary as real } from '../../src/plugins.ts'
import { formatProblems } from '../../src/scenario/format.ts'
import { loadScenarios } from '../../src/scenario/load.ts'
import { vocabulary } from './vocabulary.ts'

const yaml = (name: string) => `name: ${name}
broker: aedes
client: { name: mqttjs, keepalive: 2s }
expect: [stays-connected]
until: 6s
`

const BODY = `broker: 'aedes', client: { name: 'mqttjs', keepalive: '2s' }, expect: ['stays-connected'], until: '6s'`

let cwd: string
const write = async (path: string, text: string) => {
  await mkdir(dirname(join(cwd, path)), { recursive: true })
  await writeFile(join(cwd, path), text)
}
const load = (...patterns: string[]) => loadScenarios(patterns, vocabulary, { cwd })
const namesOf = async (...patterns: string[]) => (await load(...patterns)).scenarios.map(({ name }) => name)
const report = async (...patterns: string[]) => {
  const { scenarios, problems, sources } = await load(...patterns)
  expect(scenarios).toEqual([])
  return formatProblems(problems, sources, { color: false }).replaceAll(`${cwd}/`, '')
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halfopen-load-'))
  await write('suite/a.yaml', yaml('a'))
  await write('suite/deep/b.yml', yaml('b'))
  await write('suite/deep/c.scenario.ts', `export default { name: 'c', ${BODY} }\n`)
  await write('suite/deep/helper.ts', `throw new Error('a helper is no scenario')\n`)
  await write('suite/deep/readme.md', 'nothing to load')
  await write('suite/node_modules/x/d.yaml', yaml('d'))
  await write('brackets [x]/e.yaml', yaml('e'))
  await write('bare/notes.txt', 'nothing to load')
})
afterAll(() => rm(cwd, { recursive: true }))

describe('what is no text', () => {
  const bytes = async (path: string, ...parts: (string | number[])[]) =>
    writeFile(join(cwd, path), Buffer.concat(parts.map(part => Buffer.from(part as string))))

  test.each([
    [
      'latin1.yaml',
      ['name: caf', [0xe9], '\nbroker: aedes\n'],
      '1:10',
      'it is not UTF-8 (byte 0xe9): save it as UTF-8',
    ],
    ['cut.yaml', ['name: \ufffd\n# ', [0xc3]], '2:3', 'it is not UTF-8 (byte 0xc3): save it as UTF-8'],
    [
      'utf16.yaml',
      [[0xff, 0xfe], Buffer.from('name: N', 'utf16le').toString('latin1')],
      '1:1',
      'it is UTF-16: save it as UTF-8',
    ],
    ['latin1.scenario.ts', ['// ', [0xfc]], '1:4', 'it is not UTF-8 (byte 0xfc): save it as UTF-8'],
  ] as [string, (string | number[])[], string, string][])(
    '%s is refused where it is none',
    async (file, parts, at, why) => {
      await bytes(file, ...parts)
      expect(await report(file)).toBe(`${file}:${at}: this can't be read: ${why}\n`)
    },
  )

  test('a byte order mark, CRLF and a U+FFFD of its own are no fault', async () => {
    await bytes('mark.yaml', [0xef, 0xbb, 0xbf], yaml('a \ufffd b').replaceAll('\n', '\r\n'))
    expect(await namesOf('mark.yaml')).toEqual(['a \ufffd b'])
  })

  test.each([['/dev/null', 'a device']])('%s is refused as what it is', async (file, what) => {
    expect(await report(file)).toBe(`${file}: this can't be read: it is ${what}, and only regular files are read\n`)
  })

  test.each(['', '\n\n', '# a comment\n\n  # another', '---\n# nothing\n', '\ufeff# x\r\n'])(
    'a file of %j holds no scenario',
    async text => {
      await write('blank.yaml', text)
      expect(await report('blank.yaml')).toBe('blank.yaml:1:1: there is no scenario in this file\n')
    },
  )

  test('what is nested too deeply is told where it is', async () => {
    await write('deep.yaml', `name: N\nbroker: ${'['.repeat(20_000)}`)
    expect(await report('deep.yaml')).toMatch(/^deep\.yaml:2:7\d: this is nested too deeply\n/)
  })
})

describe('patterns', () => {
  test('a directory stands for all scenario files below it, but not for installed packages', async () => {
    expect(await namesOf('suite')).toEqual(['a', 'b', 'c'])
  })

  test('a glob picks scenario files only', async () => {
    expect(await namesOf('suite/**')).toEqual(['a', 'b', 'c'])
    expect(await namesOf('suite/*/*.{yml,yaml}')).toEqual(['b'])
  })

  test('a file named twice is loaded once, and files come in the order of the patterns', async () => {
    expect(await namesOf('suite/deep/b.yml', 'suite', './suite/a.yaml')).toEqual(['b', 'a', 'c'])
  })

  test('a path that exists is taken as it is, even if it reads like a glob', async () => {
    expect(await namesOf('brackets [x]')).toEqual(['e'])
    expect(await namesOf('brackets [x]/e.yaml')).toEqual(['e'])
  })

  test('an absolute path is shown relative to where the user is', async () => {
    const [scenario] = (await load(join(cwd, 'suite/a.yaml'))).scenarios
    expect(scenario?.position).toEqual({ file: 'suite/a.yaml', line: 1, column: 1 })
  })

  test('what is not there is a problem with the nearest name that is', async () => {
    expect(await report('suite/aa.yaml')).toBe(
      'suite/aa.yaml: there is no such file or directory\n  did you mean suite/a.yaml?\n',
    )
    expect(await report('siute/deep/b.yml')).toBe(
      'siute/deep/b.yml: there is no such file or directory\n  did you mean suite/deep/b.yml?\n',
    )
    expect(await report(join(cwd, 'suite/a.yml'))).toContain('did you mean suite/a.yaml?')
    expect(await report('./siute/zzzzz')).toContain('did you mean ./suite?')
    expect(await report('nothing/like/it')).toBe('nothing/like/it: there is no such file or directory\n')
  })

  test('a directory or a glob without scenarios is a problem', async () => {
    expect(await report('bare')).toBe('bare: no scenario file is in here (*.yaml, *.yml, *.scenario.ts)\n')
    expect(await report('bare/*.yaml')).toBe('bare/*.yaml: no scenario file matches this\n')
  })
})

test('one bad file leaves no scenario of the good ones, and all bad files are told of', async () => {
  await write('mixed/1-good.yaml', yaml('good'))
  await write('mixed/2-bad.yaml', yaml('bad').replace('2s', '2'))
  await write('mixed/3-bad.scenario.ts', `throw new Error('no')\n`)
  const { scenarios, problems } = await load('mixed', 'missing.yaml')
  expect(scenarios).toEqual([])
  expect(problems.map(({ position }) => `${position.file}:${position.line}`)).toEqual([
    'missing.yaml:0',
    'mixed/2-bad.yaml:3',
    'mixed/3-bad.scenario.ts:1',
  ])
})

describe('TypeScript files', () => {
  const failing = async (name: string, text: string) => {
    await write(`ts/${name}.scenario.ts`, text)
    return report(`ts/${name}.scenario.ts`)
  }

  test('defineScenario comes from halfopen, wherever that is installed, and remembers its call', async () => {
    const text = `import { defineScenario, type ScenarioInput } from 'halfopen'

const make = (keepalive: string): ScenarioInput =>
  defineScenario({
    name: \`K = \${keepalive}\` as string,
    broker: 'aedes',
    client: { name: 'mqttjs', keepalive },
    expect: ['stays-connected'],
    until: '6s',
    matrix: { 'client.protocol': [4] },
  })

export default ['1s', '2s'].map(make)
`
    await write('ts/list.scenario.ts', text)
    const { scenarios, problems } = await load('ts/list.scenario.ts')
    expect(problems).toEqual([])
    expect(scenarios.map(({ name, client }) => [name, client.keepaliveS])).toEqual([
      ['K = 1s [client.protocol=4]', 1],
      ['K = 2s [client.protocol=4]', 2],
    ])
    expect(scenarios[0]?.position).toEqual({ file: 'ts/list.scenario.ts', line: 4, column: 3 })
    expect(scenarios[0]?.expect[0]?.position).toEqual({ file: 'ts/list.scenario.ts', line: 8, column: 14 })
  })

  test('a problem points at the property', async () => {
    const text = `import { defineScenario } from 'halfopen'
export default defineScenario({
  name: 'x', broker: 'aedes', client: { name: 'mqttjs', keepalive: 2 },
  timeline: [{ at: '1s', fault: 'blackhol' }],
  expect: ['stays-connected'], until: '6s',
} as never)
`
    const said = await failing('wrong', text)
    expect(said).toContain('ts/wrong.scenario.ts:3:68: 2 has no unit: write 2s\n')
    expect(said).toContain('ts/wrong.scenario.ts:4:33: unknown fault "blackhol"\n')
    expect(said).toContain('  did you mean blackhole?\n')
  })

  test('a plain object is a scenario too', async () => {
    const text = `const x = 1\nexport default { name: 'x', ${BODY}, extra: x }\n`
    expect(await failing('plain', text)).toContain('ts/plain.scenario.ts:2:133: unknown key "extra"\n')
  })

  test('a file that throws is a problem where it threw', async () => {
    const text = `interface Unused {\n  readonly a: 1\n}\n\nfunction fail(): never {\n  throw new Error('no device')\n}\nexport default fail()\n`
    expect(await failing('throws', text)).toMatch(/^ts\/throws\.scenario\.ts:6:\d+: this module threw: no device\n/)
    expect(await failing('throws-text', `throw 'just text'\n`)).toMatch(
      /^ts\/throws-text\.scenario\.ts:1:1: this module threw: just text\n/,
    )
  })

  test('a syntax error is a problem where it stands', async () => {
    const text = `export default {\n  name: 'x',\n  : 3,\n}\n`
    expect(await failing('syntax', text)).toMatch(
      /^ts\/syntax\.scenario\.ts:3:3: not valid TypeScript: Unexpected token/,
    )
  })

  test('an import that leads nowhere is a problem at the import', async () => {
    const text = `// two lines\n// before it\nimport { a } from './nowhere.ts'\nexport default a\n`
    expect(await failing('import', text)).toMatch(
      /^ts\/import\.scenario\.ts:3:20: this module threw: Cannot find module/,
    )
  })

  test.each([
    ['nothing exported', 'export const a = 1\n', 'there is no default export'],
    ['an empty list', 'export default []\n', 'the default export is an empty list'],
    ['not an object', 'export default 5\n', 'a scenario has to be a map, not 5'],
    [
      'a function inside',
      `export default { name: 'x', ${BODY}, a: { b: () => 1 } }\n`,
      "a scenario is plain data: a function can't be part of it",
    ],
    [
      'an instance inside',
      `export default { name: 'x', ${BODY}, a: [new URL('mqtt://x')] }\n`,
      "a scenario is plain data: an instance of URL can't be part of it",
    ],
    ['a number without end', `export default { name: 'x', ${BODY}, a: 1 / 0 }\n`, 'Infinity is not a finite number'],
  ])('%s is a problem', async (name, text, message) => {
    expect(await failing(name.replaceAll(' ', '-'), text)).toContain(message)
  })
})

test('a thousand files are loaded in a few seconds of a processor', async () => {
  const timeline = Array.from({ length: 8 }, (_, i) => `  - { at: ${i}s, fault: { delay: { latency: 5ms } } }\n`).join(
    '',
  )
  for (let i = 0; i < 1000; i++)
    await write(`many/${i}.yaml`, `${yaml(`n${i}`)}timeline:\n${timeline}`.replace('6s', '60s'))
  const before = process.cpuUsage()
  const { scenarios } = await load('many')
  const { user, system } = process.cpuUsage(before)
  expect(scenarios).toHaveLength(1000)
  expect((user + system) / 1e6).toBeLessThan(8)
})

test('what goes wrong in a file that a scenario imports is told of where it is imported from', async () => {
  await write('helped/broken.ts', 'export const a = :\n')
  await write('helped/throwing.ts', `export const make = () => {\n  throw new Error('no')\n}\n`)
  await write('helped/1.scenario.ts', `import { a } from './broken.ts'\nexport default a\n`)
  await write('helped/2.scenario.ts', `import { make } from './throwing.ts'\n\nexport default make()\n`)
  const { problems } = await load('helped')
  expect(problems.map(({ position, message }) => `${position.file}:${position.line}: ${message}`)).toEqual([
    expect.stringMatching(/^helped\/1\.scenario\.ts:1: not valid TypeScript: Unexpected token \(.*broken\.ts:1:17\)$/),
    'helped/2.scenario.ts:3: this module threw: no',
  ])
})

test('files that a scenario names count from its own folder, wherever halfopen was started', async () => {
  const tls = 'url: "mqtts://broker.example", ca: pki/ca.crt, cert: ../c.crt, key: /etc/k.key'
  await write('tls/deep/t.yaml', yaml('t').replace('broker: aedes', `broker: { name: external, ${tls} }`))
  const { scenarios, problems } = await loadScenarios(['tls'], real, { cwd })
  expect(problems).toEqual([])
  expect(scenarios[0]?.broker.options).toMatchObject({
    ca: join(cwd, 'tls/deep/pki/ca.crt'),
    cert: join(cwd, 'tls/c.crt'),
    key: '/etc/k.key',
  })
})
