import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
