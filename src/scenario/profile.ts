import { type Profile, profileSchema } from '../model/profile.ts'
import { parseJson } from '../text/json.ts'
import { check } from './check.ts'
import { lineIndex } from './lines.ts'
import type { Complaint, Problem } from './problem.ts'
import { locate, type Source } from './source.ts'
import { readYaml } from './yaml.ts'

/** `isProfile`: it is one, with mistakes, so that its lines may be shown. Of any other file nothing is. */
export type ProfileReading =
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

function placed({ path, at, ...words }: Complaint, source: Source): Problem {
  return { position: locate(source, [], path, at).position, ...words }
}
