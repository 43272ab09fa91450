/** What comes with halfopen, by the lock file and as it is installed: under licences that let it be used and passed on, from the registry, unchanged. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** SPDX identifiers of licences that ask for no more than their text, and a notice, beside the copy. */
const ALLOWED: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
])

/**
 * Tools of the tests alone, under a licence that asks for more of who passes them on, which nobody does: they are in no dependency of the
 * package and in no file of it. MPL-2.0 §3 speaks of distribution; to run them asks for nothing (§2.1).
 */
const OF_TESTS_ALONE: ReadonlyMap<string, string> = new Map([['node_modules/axe-core', 'MPL-2.0']])

const isOfTestsAlone = (path: string, licence: string): boolean =>
  OF_TESTS_ALONE.get(path) === licence && byPath.get(path)?.dev === true

const REGISTRY = 'https://registry.npmjs.org/'

/** Whoever installs halfopen lets these run code of their own then. A new one is looked at before it stands here. */
const WITH_INSTALL_SCRIPTS: readonly string[] = ['cpu-features', 'esbuild', 'protobufjs', 'ssh2']

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: unknown
  /** As npm had it until 2014. */
  readonly licenses?: readonly { readonly type?: string }[]
}

interface Locked {
  readonly version?: string
  readonly name?: string
  readonly license?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  /** No dependency of the package needs it. */
  readonly dev?: boolean
  readonly link?: boolean
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T

const locked = Object.entries(read<{ packages: Record<string, Locked> }>('package-lock.json').packages).filter(
  ([path]) => path !== '',
)

/** An SPDX expression of identifiers with OR and AND, or what older manifests have instead. */
function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license
  const { type } = Object(license) as { type?: unknown }
  if (typeof type === 'string') return type
  return (licenses ?? []).map(each => each.type ?? '').join(' OR ')
}

const allows = (expression: string): boolean => {
  const [, inner = expression] = /^\(([^()]*)\)$/.exec(expression.trim()) ?? []
  return inner.split(' OR ').some(choice => choice.split(' AND ').every(one => ALLOWED.has(one.trim())))
}

/** Folders of packages below a `node_modules`, nested ones too. */
function installed(folder = 'node_modules'): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => (name.startsWith('@') ? scoped(`${folder}/${name}`) : [`${folder}/${name}`]))
    .flatMap(path => [path, ...nested(path)])
}

const scoped = (folder: string): readonly string[] => readdirSync(join(ROOT, folder)).map(name => `${folder}/${name}`)

function nested(path: string): readonly string[] {
  const names = readdirSync(join(ROOT, path), { withFileTypes: true })
  return names.some(entry => entry.name === 'node_modules' && entry.isDirectory())
    ? installed(`${path}/node_modules`)
    : []
}

const byPath = new Map(locked)
const found = installed().map(path => ({ path, manifest: read<Manifest>(`${path}/package.json`) }))

describe('every package', () => {
  test('that is installed is allowed by its licence', () => {
    const wrong = found.flatMap(({ path, manifest }) => {
      const licence = licenceOf(manifest)
      return allows(licence) || isOfTestsAlone(path, licence) ? [] : [`${path}: ${licence || 'it has none'}`]
    })
    expect(wrong).toEqual([])
    expect(found.length).toBeGreaterThan(200)
  })

  test('that is locked is allowed by its licence, for other systems than this one too', () => {
    const wrong = locked.flatMap(([path, { license }]) => {
      // The lock file knows of `license` only.
      const licence = license ?? licenceOf(found.find(each => each.path === path)?.manifest ?? {})
      return allows(licence) || isOfTestsAlone(path, licence) ? [] : [`${path}: ${licence || 'it has none'}`]
    })
    expect(wrong).toEqual([])
    expect(locked.length).toBeGreaterThan(300)
  })

  test('that is installed is the one that is locked', () => {
    const wrong = found.filter(({ path, manifest }) => byPath.get(path)?.version !== manifest.version)
    expect(wrong.map(({ path, manifest }) => `${path} ${manifest.version}`)).toEqual([])
  })

  test('comes from the registry, and is known by its content', () => {
    // Without `resolved` npm takes it from the registry that it is set to.
    const wrong = locked.filter(
      ([, { resolved = REGISTRY, integrity = '' }]) =>
        !resolved.startsWith(REGISTRY) || !/^sha512-[\w+/]{86}==$/.test(integrity),
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })

  test('that runs code when it is installed is known', () => {
    const names = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
    const bare = names.map(path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    expect([...new Set(bare)].sort()).toEqual(WITH_INSTALL_SCRIPTS)
  })
})

describe('the check itself', () => {
  test('excuses a tool of the tests by its name and its licence only', () => {
    expect(isOfTestsAlone('node_modules/axe-core', 'MPL-2.0')).toBe(true)
    expect(isOfTestsAlone('node_modules/axe-core', 'GPL-3.0-only')).toBe(false)
    expect(isOfTestsAlone('node_modules/vite', 'MPL-2.0')).toBe(false)
  })

  test.each(['MIT', '(MIT OR GPL-3.0-only)', 'GPL-2.0-only OR ISC', 'MIT AND Apache-2.0'])('allows %s', expression => {
    expect(allows(expression)).toBe(true)
  })

  test.each([
    '',
    'UNLICENSED',
    'GPL-3.0-only',
    'AGPL-3.0-or-later',
    'MIT AND GPL-2.0-only',
    'SEE LICENSE IN LICENSE.md',
    'BUSL-1.1',
    'mit',
    'MIT-0',
    'GPL-2.0-only WITH Classpath-exception-2.0',
  ])('refuses "%s"', expression => {
    expect(allows(expression)).toBe(false)
  })

  test('reads what old manifests say', () => {
    expect(licenceOf({ licenses: [{ type: 'MIT' }, { type: 'X' }] })).toBe('MIT OR X')
    expect(licenceOf({ license: { type: 'ISC' } })).toBe('ISC')
    expect(licenceOf({})).toBe('')
  })
})
