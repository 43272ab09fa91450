import { readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { type BrokerMeasurement, type ClientMeasurement, type Profile, profileSchema } from '../model/profile.ts'
import { parseJson } from '../text/json.ts'
import { nearest } from '../text/nearest.ts'
import { readTextSync, type UnreadableFile } from '../text/read-text.ts'
import { check } from './messages.ts'
import type { Problem, ProblemText } from './problem.ts'
import type { CheckedScenario } from './scenario-schema.ts'
import { displayName, locate, type Source } from './source.ts'
import { lineIndex, readYaml } from './yaml.ts'

/** What is wrong with the key that names a profile, rather than with the profile. */
interface Misnamed {
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

/** `isProfile`: it is one, with mistakes, so that its lines may be shown. Of any other file nothing is. */
type ProfileReading =
  | { readonly profile: Profile }
  | { readonly problems: readonly Problem[]; readonly isProfile: boolean }

/** A profile from the text of its file. Pure; `file` is its name in positions. */
export function readProfile(text: string, file: string): ProfileReading {
  const only = (message: string, offset = 0): ProfileReading => ({
    problems: [{ position: { file, ...lineIndex(text)(offset) }, message }],
    isProfile: false,
  })
  if (text.trim() === '') return only('there is no profile in this file')
  const json = parseJson(text)
  if ('message' in json) return only(`not valid JSON: ${json.message}`, json.offset)
  const { value } = json
  if (typeof value !== 'object' || value === null || !('profile' in value))
    return only('a profile is one JSON object, as halfopen calibrate writes it')
  const checked = check(profileSchema, value)
  if ('data' in checked) return { profile: checked.data }
  // JSON is YAML, whose parser knows every place.
  const source = readYaml(text, file)[0]?.content?.source ?? {
    start: { file, line: 1, column: 1 },
    find: () => undefined,
  }
  return { problems: checked.complaints.map(complaint => placed(complaint, source)), isProfile: true }
}

function placed({ path, at, ...words }: ProblemText, source: Source): Problem {
  return { position: locate(source, [], path, at).position, ...words }
}

/** The profiles that a scenario names, read; where a file holds none, the reader has its problems. */
export interface Profiled {
  readonly broker?: BrokerMeasurement
  readonly client?: ClientMeasurement
  readonly complaints: readonly ProblemText[]
}

export function profilesOf({ broker, client }: CheckedScenario, read: ProfileReader): Profiled {
  const forBroker = taken(broker.profile, 'broker', read)
  const forClient = taken(client.profile, 'client', read)
  return {
    ...(forBroker.profile?.role === 'broker' && { broker: forBroker.profile }),
    ...(forClient.profile?.role === 'client' && { client: forClient.profile }),
    complaints: [...forBroker.complaints, ...forClient.complaints],
  }
}

interface Taken {
  readonly profile?: Profile
  readonly complaints: readonly ProblemText[]
}

function taken(path: string | undefined, role: Profile['role'], read: ProfileReader): Taken {
  const found = path === undefined ? undefined : read(path)
  if (found === undefined) return { complaints: [] }
  if (isMisnamed(found)) return { complaints: [{ path: [role, 'profile'], ...found }] }
  if (found.role === role) return { profile: found, complaints: [] }
  const message = `${path} is the profile of a ${found.role} (${found.name} ${found.version}), and this is the ${role}`
  return { complaints: [{ path: [role, 'profile'], message }] }
}

/** Where a scenario does not stand in a file there is nothing that a path could count from. */
export const noProfiles: ProfileReader = path => ({ message: `${path}: only a scenario in a file can name a profile` })
