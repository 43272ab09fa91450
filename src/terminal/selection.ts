import type { Scenario } from '../model/scenario.ts'
import { orAll } from '../text/nearest.ts'
import { matching, PatternError } from '../text/user-pattern.ts'
import { plural } from '../text/words.ts'
import { Complaint, EXIT } from './exit.ts'

/** Which scenarios of those that were read are meant. All that is given has to hold. */
export interface Selection {
  /** A regular expression that the name or the file holds. */
  readonly grep?: string
  /** One that neither holds. */
  readonly grepInvert?: string
  /** It has one of these tags; and none of those that begin with `!`. */
  readonly tag?: readonly string[]
}

/** What tells a scenario from others in a later run: its line moves when its file is edited. */
export interface ScenarioKey {
  readonly file: string
  readonly name: string
}

/** The scenarios that are meant, in their order. Complains where there are none, and of a pattern or a tag that is none. */
export function selected(
  scenarios: readonly Scenario[],
  { grep, grepInvert, tag = [] }: Selection,
): readonly Scenario[] {
  const tagged = withTags(scenarios, tag)
  const named = grep === undefined ? tagged : tagged.filter(held('--grep', grep, tagged))
  if (named.length === 0 && grep !== undefined)
    throw none(`--grep: none of ${plural(tagged.length, 'scenario')} has '${grep}' in its name or file`)
  if (grepInvert === undefined) return named
  const holds = held('--grep-invert', grepInvert, named)
  const left = named.filter((scenario, i) => !holds(scenario, i))
  if (left.length === 0)
    throw none(`--grep-invert: all of ${plural(named.length, 'scenario')} have '${grepInvert}' in their name or file`)
  return left
}

/** Those of `scenarios` that stand in `keys`. */
export function among(scenarios: readonly Scenario[], keys: readonly ScenarioKey[]): Scenario[] {
  const wanted = new Set(keys.map(({ file, name }) => JSON.stringify([file, name])))
  return scenarios.filter(({ name, position: { file } }) => wanted.has(JSON.stringify([file, name])))
}

const none = (message: string): Complaint => new Complaint(`error: ${message}`, EXIT.usage)

function held(option: string, pattern: string, scenarios: readonly Scenario[]): (_: Scenario, i: number) => boolean {
  try {
    const found = matching(
      pattern,
      scenarios.map(({ name, position }) => `${name}\n${position.file}`),
    )
    return (_, i) => found[i] === true
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new Complaint(`error: ${option} '${pattern}': ${error.message}`, EXIT.usage)
  }
}

function withTags(scenarios: readonly Scenario[], given: readonly string[]): readonly Scenario[] {
  if (given.length === 0) return scenarios
  const there = [...new Set(scenarios.flatMap(({ tags = [] }) => tags))].sort()
  const wanted = given.filter(tag => !tag.startsWith('!'))
  const unwanted = given.filter(tag => tag.startsWith('!')).map(tag => tag.slice(1))
  for (const tag of wanted) {
    if (there.includes(tag)) continue
    const all = there.length === 0 ? '; none has a tag' : orAll(tag, there)
    throw none(`--tag: none of ${plural(scenarios.length, 'scenario')} is tagged '${tag}'${all}`)
  }
  const left = scenarios.filter(
    ({ tags = [] }) =>
      (wanted.length === 0 || wanted.some(tag => tags.includes(tag))) && !unwanted.some(tag => tags.includes(tag)),
  )
  if (left.length > 0) return left
  throw none(`--tag: none of ${plural(scenarios.length, 'scenario')} is left by ${given.join(', ')}`)
}
