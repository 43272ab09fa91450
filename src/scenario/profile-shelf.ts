import { readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Profile } from '../model/profile.ts'
import { nearest } from '../text/nearest.ts'
import { readTextSync, type UnreadableFile } from '../text/read-text.ts'
import { displayName } from './display-name.ts'
import type { Problem } from './problem.ts'
import { readProfile } from './profile.ts'

/** What is wrong with the key that names a profile, rather than with the profile. */
export interface Misnamed {
  readonly message: string
  readonly nearest?: string
}

/** The profile in a file, named as a scenario names it; `undefined` where the file holds none and the shelf has said why. */
export type ProfileReader = (path: string) => Profile | Misnamed | undefined

export const isMisnamed = (found: Profile | Misnamed): found is Misnamed => 'message' in found

/** The profiles that the scenarios of one load name, each file read once. */
export class ProfileShelf {
  readonly problems: Problem[] = []
  /** Texts by the names that positions use. */
  readonly sources = new Map<string, string>()
  readonly #cwd: string
  readonly #read = new Map<string, Profile | Misnamed | undefined>()

  constructor(cwd: string) {
    this.#cwd = cwd
  }

  /** For the scenarios of a file: their paths count from its folder. */
  besides(scenarioFile: string): ProfileReader {
    return path => this.get(resolve(dirname(scenarioFile), path))
  }

  get(absolute: string): Profile | Misnamed | undefined {
    if (!this.#read.has(absolute)) this.#read.set(absolute, this.#open(absolute))
    return this.#read.get(absolute)
  }

  #open(absolute: string): Profile | Misnamed | undefined {
    const file = displayName(absolute, this.#cwd)
    const text = textOf(absolute)
    if (typeof text !== 'string') return unreadable(absolute, file, text)
    const reading = readProfile(text, file)
    if ('profile' in reading) return reading.profile
    if (reading.isProfile) this.sources.set(file, text)
    this.problems.push(...reading.problems)
    return undefined
  }
}

/** Small files, read while the scenario that names them is; an `Error` says why it could not be. */
function textOf(path: string): string | UnreadableFile {
  try {
    return readTextSync(path, { encoding: 'only-utf8' })
  } catch (error) {
    return error as UnreadableFile
  }
}

function unreadable(path: string, file: string, error: UnreadableFile): Misnamed {
  if (error.code !== 'ENOENT') return { message: `the profile ${file} can't be read: ${error.message}` }
  const near = nearest(basename(path), siblingsOf(path))
  return { message: `there is no profile ${file}`, ...(near !== undefined && { nearest: near }) }
}

function siblingsOf(path: string): string[] {
  try {
    return readdirSync(dirname(path)).filter(name => name.endsWith('.json'))
  } catch {
    return []
  }
}
