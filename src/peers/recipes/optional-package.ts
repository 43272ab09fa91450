/** Packages of the npm registry that one command or one lab needs, and that installing halfopen does not bring. */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PACKAGE_DIR } from '../../model/package.ts'
import { readTextSync } from '../../text/read-text.ts'

const versions = new Map<string, string>()

/** From the nearest package.json above the file that has a version; `unknown` where none has. Looked up once. */
export function versionOf(file: string): string {
  const version = versions.get(file) ?? lookUp(file)
  versions.set(file, version)
  return version
}

function lookUp(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    const version = existsSync(path) ? JSON.parse(readTextSync(path)).version : undefined
    if (typeof version === 'string') return version
    if (folder === dirname(folder)) return 'unknown'
  }
}

const own = createRequire(import.meta.url)
const { peerDependencies }: { peerDependencies: Readonly<Record<string, string>> } = own(`${PACKAGE_DIR}package.json`)

/** As package.json has them among its optional peer dependencies. */
export type OptionalPackage = '@observablehq/plot' | 'linkedom' | 'piscina' | 'testcontainers'

/** What is missing of these, and the line that installs it; `undefined` where all are there. */
export function missingPackages(
  names: readonly OptionalPackage[],
  isThere: (name: string) => boolean = isInstalled,
): { readonly reason: string; readonly remedy: string } | undefined {
  const missing = names.filter(name => !isThere(name))
  if (missing.length === 0) return undefined
  const wanted = missing.map(name => `"${name}@${peerDependencies[name]}"`)
  return {
    reason: `${missing.length > 1 ? 'the packages' : 'the package'} ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed`,
    remedy: `npm install --save-dev ${wanted.join(' ')}`,
  }
}

function isInstalled(name: string): boolean {
  try {
    own.resolve(name)
    return true
  } catch (error) {
    // A package that only has an entry for `import` is there all the same.
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND'
  }
}
