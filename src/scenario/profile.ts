import { type Profile, profileSchema } from '../model/profile.ts'
import { check } from './check.ts'
import type { Complaint, Problem } from './problem.ts'
import { locate, type Source } from './source.ts'
import { readYaml } from './yaml.ts'

export type ProfileReading = { readonly profile: Profile } | { readonly problems: readonly Problem[] }

/** A profile from the text of its file. Pure; `file` is its name in positions. JSON is YAML, whose parser knows every place. */
export function readProfile(text: string, file: string): ProfileReading {
  const [document, ...others] = readYaml(text, file)
  const only = (message: string, position = { file, line: 1, column: 1 }) => ({ problems: [{ position, message }] })
  if (!document) return only('there is no profile in this file')
  if (document.problems.length > 0) return { problems: document.problems.map(asJson) }
  if (!document.content || others.length > 0) return only('a profile is one JSON object')
  const { value, source } = document.content
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return only('a profile is one JSON object, as halfopen calibrate writes it', source.start)
  const checked = check(profileSchema, value)
  if ('data' in checked) return { profile: checked.data }
  return { problems: checked.complaints.map(complaint => placed(complaint, source)) }
}

const asJson = (problem: Problem): Problem => ({
  ...problem,
  message: problem.message.replace('not valid YAML', 'not valid JSON'),
})

function placed({ path, at, ...words }: Complaint, source: Source): Problem {
  return { position: locate(source, [], path, at).position, ...words }
}
