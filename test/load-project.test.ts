import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resident } from '../src/hosts/resident.ts'
import { configIn, loadProject } from '../src/load-project.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halfopen-config-'))
})
afterEach(() => rm(cwd, { recursive: true, force: true }))

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true })
    await writeFile(join(cwd, name), text)
  }
}
const load = async () => loadProject(await configIn(cwd), { cwd, color: false })

const STORM = `import { z } from 'halfopen'
export const storm = {
  name: 'storm', summary: 'a storm', options: z.strictObject({}), holds: 'order' as const, on: () => [], off: () => [],
}
`

test('a folder without a config is a project without settings', async () => {
  expect(await load()).toMatchObject({ config: {} })
})

test('TypeScript is read as it is, with plug-ins of its own, where halfopen is not installed', async () => {
  await write({
    'plug-ins/storm.ts': STORM,
    'halfopen.config.ts': `import { defineConfig, definePlugins } from 'halfopen'
import { storm } from './plug-ins/storm.ts'
export default defineConfig({ plugins: [definePlugins({ name: 'sea', faults: [storm] })], out: 'evidence' })
`,
  })
  const { catalog, config, file } = await load()
  expect(catalog.faults.get('storm')).toMatchObject({ from: 'sea' })
  expect([config.out, file]).toEqual([join(cwd, 'evidence'), join(cwd, 'halfopen.config.ts')])
})

test('a config that throws is a problem at its line', async () => {
  await write({ 'halfopen.config.mjs': `const depth = 1\n\nthrow new Error('no chart: ' + depth)\n` })
  await expect(load()).rejects.toMatchObject({
    problems: [{ position: { file: 'halfopen.config.mjs', line: 3 }, message: 'this config threw: no chart: 1' }],
    message: expect.stringContaining('halfopen.config.mjs:3'),
  })
})

test('what the machine refuses meanwhile is no problem of the config', async () => {
  await write({
    'halfopen.config.mjs': `throw Object.assign(new Error('EMFILE: too many open files, open x'), { code: 'EMFILE' })\n`,
  })
  const error = await load().catch(error => error)
  expect([error.code, error.problems]).toEqual(['EMFILE', undefined])
})

test('so is one that is no program', async () => {
  await write({ 'halfopen.config.ts': `export default {\n  jobs: 4,,\n}\n` })
  await expect(load()).rejects.toMatchObject({ problems: [{ position: { file: 'halfopen.config.ts' } }] })
})

test('a plug-in in TypeScript is found again by the URL of its module, as in a process of its own', async () => {
  await write({ 'storm.ts': STORM })
  const module = pathToFileURL(join(cwd, 'storm.ts')).href
  expect(await resident(module, 'storm')).toMatchObject({ summary: 'a storm' })
  await expect(resident(module, 'strom')).rejects.toThrow(
    'exports no plug-in called strom: "home" has to be the module',
  )
})
