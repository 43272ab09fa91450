/** A scenario module is a program. Whatever it does is its own file's problem, by name; what stands beside it is played. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadScenarios } from '../../src/scenario/load.ts'
import { some } from '../some.ts'
import { vocabulary } from './vocabulary.ts'

const BODY = `broker: 'aedes', client: { name: 'mqttjs', keepalive: '2s' }, expect: ['stays-connected'], until: '6s'`
const scenario = (name: string) => `{ name: '${name}', ${BODY} }`
const GOOD = `export default ${scenario('good')}\n`

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`scenario modules that misbehave: HALFOPEN_FUZZ_SEED=${seed}`)

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halfopen-module-'))
})
afterAll(() => rm(cwd, { recursive: true }))

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(cwd, path)), { recursive: true })
  await writeFile(join(cwd, path), text)
}

const SHORT = { loadMs: 20_000, lingerMs: 1000 }
const load = async (folder: string, limits = SHORT) => {
  const { scenarios, problems, printed } = await loadScenarios([folder], vocabulary, { cwd, modules: limits })
  const told = problems.map(({ position, message }) => `${position.file}:${position.line}: ${message}`)
  return { names: scenarios.map(({ name }) => name), told, printed }
}

/** Loaded before two good files, of which one is a module too. */
async function beside(name: string, text: string, limits = SHORT) {
  await write(`${name}/2.scenario.ts`, text)
  await write(`${name}/3.scenario.ts`, GOOD.replace('good', 'behind'))
  await write(
    `${name}/4.yaml`,
    `name: in yaml\n${BODY.replace(/'(\w[\w-]*)'/g, '$1').replace(/, (client|expect|until)/g, '\n$1')}\n`,
  )
  return load(name, limits)
}

const PLAYED = ['behind', 'in yaml']

const MISDEEDS: readonly [name: string, text: string, told: RegExp][] = [
  [
    'exit',
    `\nprocess.exit(0)\n${GOOD}`,
    /^exit\/2\.scenario\.ts:2: this module ended its own process: process\.exit\(0\)$/,
  ],
  ['exit-7', `const f = () => {\n  process.exit(7)\n}\nf()\n${GOOD}`, /:2: this module ended .*process\.exit\(7\)$/],
  ['real-exit', `(process as any).reallyExit(0)\n${GOOD}`, /:1: this module awaits what never comes/],
  ['abort', `process.abort()\n${GOOD}`, /:1: this module ended its own process: SIGABRT$/],
  ['kill', `process.kill(process.pid, 'SIGKILL')\n${GOOD}`, /:1: this module ended its own process: SIGKILL$/],
  ['kill-parent', `process.kill(0, 'SIGTERM')\n${GOOD}`, /:1: this module ended its own process: SIGTERM$/],
  ['await', `const a = 1\nawait new Promise(() => {})\n${GOOD}`, /:2: this module awaits what never comes/],
  ['throw', `\n\nthrow new Error('no device')\n${GOOD}`, /:3: this module threw: no device$/],
  ['late', `${GOOD}setTimeout(() => {\n  throw new Error('late')\n}, 50)\n`, /:3: this module threw: late$/],
  ['late-exit', `${GOOD}setTimeout(() => process.exit(0), 50)\n`, /:2: this module ended .*process\.exit\(0\)$/],
  ['rejects', `${GOOD}Promise.reject(new Error('unheard'))\n`, /:2: this module threw: unheard$/],
  [
    'getter',
    `export default {\n  get name() {\n    throw new Error('got')\n  },\n  ${BODY} }\n`,
    /:3: this module threw: got$/,
  ],
  ['proxy', `export default new Proxy({}, { ownKeys() { throw new Error('own') } })\n`, /:1: this module threw: own$/],
  ['odd-error', `throw { get message() { throw 1 } }\n`, /this module threw: something that has no words$/],
  ['nothing-thrown', 'throw undefined\n', /this module threw: undefined$/],
  [
    'prototype',
    `Array.prototype.map = () => { throw new Error('map') }\n${GOOD.replace('{', '[{').replace(/\}\n$/, '}]\n')}`,
    /this module threw: map/,
  ],
  [
    'json',
    `JSON.parse = JSON.stringify = () => { throw new Error('json') }\nexport default 5\n`,
    /a scenario has to be a map, not 5/,
  ],
  ['huge', `export default { name: 'x'.repeat(1 << 25) }\n`, /this module hands back more than can be read$/],
  [
    'forged-loaded',
    `import { writeSync } from 'node:fs'\nwriteSync(3, '{"what":"loaded","exports":5}\\n[]\\nnull\\n{"what":"loaded","exports":[5]}\\n')\nawait new Promise(() => {})\n`,
    /:3: this module awaits what never comes/,
  ],
  [
    'forged',
    `import { writeSync } from 'node:fs'\nwriteSync(3, '{"what":"loaded"}\\n')\nprocess.exit(0)\n`,
    /process\.exit\(0\)$/,
  ],
]

describe('what a module does is its own problem, and the others are played', () => {
  test.each(some(MISDEEDS))('%s', { timeout: 60_000 }, async (name, text, told) => {
    const found = await beside(name, text)
    expect(found.told).toEqual([expect.stringMatching(told)])
    // A mistake in what it exports is one like in any file: nothing is played then.
    expect(found.names).toEqual(name === 'json' ? [] : PLAYED)
  })

  test('that Node tells of its own end, what it printed before is kept and no trace', { timeout: 60_000 }, async () => {
    const found = await beside('abort-told', `console.error('before')\nprocess.abort()\n${GOOD}`)
    expect([...found.printed]).toEqual([['abort-told/2.scenario.ts', 'before']])
  })

  test('that it is busy for ever, where it awaits', { timeout: 60_000 }, async () => {
    const found = await beside('busy', `const a = await 1\nfor (;;) {}\n${GOOD}`, { loadMs: 3000, lingerMs: 500 })
    expect(found.told).toEqual(['busy/2.scenario.ts:1: this module was not loaded within 3 s'])
    expect(found.names).toEqual(PLAYED)
  })

  test('what it leaves running is ended, and is no problem', { timeout: 60_000 }, async () => {
    const mark = `halfopen-left-${seed}`
    const text = `import { spawn } from 'node:child_process'
spawn('sleep', ['600'], { stdio: 'inherit', argv0: '${mark}' })
setInterval(() => {}, 1000)
${GOOD}`
    const found = await beside('left', text)
    expect(found.told).toEqual([])
    expect(found.names).toEqual(['good', 'behind', 'in yaml'])
    expect(await withMark(mark)).toEqual([])
  })

  test('what left its group does not keep the others waiting', { timeout: 60_000 }, async () => {
    const text = `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const { pid } = spawn('sleep', ['60'], { stdio: 'inherit', detached: true })
writeFileSync(${JSON.stringify(join(cwd, 'pid'))}, String(pid))
${GOOD}`
    const found = await beside('detached', text)
    expect([found.told, found.names]).toEqual([[], ['good', 'behind', 'in yaml']])
    const pid = Number(await readFile(join(cwd, 'pid'), 'utf8'))
    // Only Linux shows whose it is.
    if (process.platform === 'linux') await expect.poll(() => stateOf(pid)).toMatch(/^[ZX]?$/)
    else process.kill(pid, 'SIGKILL')
  })

  test('what it prints goes to no stream by itself', { timeout: 60_000 }, async () => {
    const found = await beside('prints', `console.log('::error::hello')\nconsole.error('there')\n${GOOD}`)
    expect(found.told).toEqual([])
    expect(found.printed.get('prints/2.scenario.ts')).toMatch(/::error::hello\n/)
    expect(found.printed.get('prints/2.scenario.ts')).toMatch(/there\n/)
  })

  test('changes in one reach no other', { timeout: 60_000 }, async () => {
    await write('apart/1.scenario.ts', `Object.prototype.toString = () => 'changed'\nglobalThis.seen = 1\n${GOOD}`)
    await write('apart/2.scenario.ts', `export default { name: String(globalThis.seen) + {}, ${BODY} }\n`)
    expect((await load('apart')).names).toEqual(['good', 'undefined[object Object]'])
  })
})

/** What may stand in a module, in any order. */
const DEEDS = [
  `process.exit(0)`,
  `process.exitCode = 5`,
  `process.kill(process.pid, 'SIGSEGV')`,
  `throw new Error('thrown')`,
  `throw null`,
  `await new Promise(() => {})`,
  `setTimeout(() => { throw new Error('late') }, 20)`,
  `Promise.reject(1)`,
  `Object.prototype.then = 1`,
  `Array.prototype.push = () => 0`,
  `Error.prepareStackTrace = () => { throw 1 }`,
  `JSON.stringify = () => ''`,
  `process.stdout.write('x'.repeat(1e6))`,
  `process.on('exit', () => { throw new Error('in exit') })`,
  `process.removeAllListeners()`,
  `process.emit('uncaughtException', new Error('emitted'))`,
  `process.chdir('/')`,
  `globalThis.process = undefined`,
  `require('node:fs').closeSync(3)`,
  `require('node:fs').closeSync(4)`,
  `new (require('node:worker_threads').Worker)('for (;;) {}', { eval: true })`,
]

test('whatever it does, there are its scenarios or its problem, and the others', { timeout: 900_000 }, async () => {
  let number = 0
  const holds = async (deeds: readonly string[], at: number) => {
    const lines = [...deeds]
    lines.splice(at % (lines.length + 1), 0, GOOD.trim())
    const folder = `any/${number++}`
    await write(`${folder}/bad.scenario.ts`, lines.join('\n'))
    await write(`${folder}/good.scenario.ts`, GOOD)
    const { names, told } = await load(folder, { loadMs: 20_000, lingerMs: 300 })
    expect(names.at(-1), lines.join('\n')).toBe('good')
    if (names.length === 1) expect(told, lines.join('\n')).toEqual([expect.stringMatching(/bad\.scenario\.ts:\d+: \S/)])
    else expect([names.length, told]).toEqual([2, []])
  }
  const property = fc.asyncProperty(fc.subarray(DEEDS, { minLength: 1, maxLength: 3 }), fc.nat(), holds)
  await fc.assert(property, { seed, numRuns: process.env.HALFOPEN_SLOW === '1' ? 400 : 12, endOnFailure: true })
})

/** Empty where it is gone; `Z` where nobody has asked for its end yet. */
const stateOf = async (pid: number): Promise<string> =>
  /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''))?.[1] ?? ''

async function withMark(mark: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')))
  return lines.filter(line => line.startsWith(mark))
}

describe('a problem of what a module exports points at the property', () => {
  const placesOf = async (name: string, text: string, other?: readonly [string, string]) => {
    await write(`${name}/1.scenario.ts`, text)
    if (other) await write(`${name}/${other[0]}`, other[1])
    const { problems } = await loadScenarios([`${name}/1.scenario.ts`], vocabulary, { cwd, modules: SHORT })
    return problems.map(({ position: { file, line, column }, message }) => `${file}:${line}:${column} ${message}`)
  }

  test('wherever the map was written out', { timeout: 60_000 }, async () => {
    const text = `import { defineScenario, type ScenarioInput } from 'halfopen'
interface Unused { readonly a: 1 }
const client = { name: 'mqttjs', keepalive: '2s', trafic: 'idle' }
const base = {
  broker: 'mosqitto',
  client,
} as const
export default [1, 2].map(n =>
  defineScenario({
    ...(base as unknown as ScenarioInput),
    name: \`claim \${n}\`,
    timeline: [{ at: '1s', fault: 'blckhole' }],
    expect: ['stays-connected', 'stays-conected'],
    until: '8 bananas',
  }),
)
`
    const found = await placesOf('places', text)
    const file = 'places/1.scenario.ts'
    expect([...new Set(found)]).toEqual([
      `${file}:3:51 unknown key "trafic"`,
      `${file}:5:11 unknown broker "mosqitto"`,
      `${file}:12:35 unknown fault "blckhole"`,
      `${file}:13:33 unknown check "stays-conected"`,
      `${file}:14:12 "8 bananas" is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s`,
    ])
  })

  test('in another file too', { timeout: 60_000 }, async () => {
    const text = `import { broker } from './parts.ts'\nexport default { name: 'a', broker, ${BODY.replace(/broker: 'aedes', /, '')} }\n`
    const parts = ['parts.ts', `export const broker = {\n  name: 'aedes',\n  banana: 1,\n}\n`] as const
    expect(await placesOf('elsewhere', text, parts)).toEqual(['elsewhere/parts.ts:3:3 unknown key "banana"'])
  })

  test('what no text says is told by its path, at the call', { timeout: 60_000 }, async () => {
    const text = `import { defineScenario } from 'halfopen'\nexport default defineScenario(JSON.parse('{"name":"a","broker":"mosqitto"}'))\n`
    const found = await placesOf('made', text)
    expect(found[0]).toMatch(/^made\/1\.scenario\.ts:2:16 broker: unknown broker "mosqitto"$/)
  })
})
