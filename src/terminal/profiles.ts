import { resolve } from 'node:path'
import type { Profile } from '../model/profile.ts'
import type { Scenario } from '../model/scenario.ts'
import { formatProblems } from '../scenario/format.ts'
import { isMisnamed, ProfileShelf } from '../scenario/profile-shelf.ts'
import { Complaint, EXIT } from './exit.ts'
import { currentLook } from './terminal.ts'

/** The profiles in these files, by paths from here. Complains of all that is wrong with all of them. */
export function readProfiles(option: string, files: readonly string[]): readonly Profile[] {
  const shelf = new ProfileShelf(process.cwd())
  const found = files.map(file => shelf.get(resolve(file)))
  const misnamed = found.flatMap(each => (each && isMisnamed(each) ? [each] : []))
  if (misnamed.length > 0 || shelf.problems.length > 0) {
    const names = misnamed.map(
      ({ message, nearest }) =>
        `error: ${option}: ${message}${nearest === undefined ? '' : `\n  did you mean ${nearest}?`}\n`,
    )
    const contents = formatProblems(shelf.problems, shelf.sources, { color: currentLook().color })
    throw new Complaint([...names, contents].join(''), EXIT.unreadable)
  }
  return found.flatMap(each => (each && !isMisnamed(each) ? [each] : []))
}

/** The scenarios with profiles for whoever these speak of. One of `any program` or `any URL` speaks of nobody by name. */
export function withProfiles(scenarios: readonly Scenario[], files: readonly string[]): readonly Scenario[] {
  if (files.length === 0) return scenarios
  const profiles = readProfiles('--profile', files)
  const nameless = files.filter((_, i) => profiles[i]?.seenAs)
  if (nameless.length > 0)
    throw new Complaint(
      `error: --profile: ${nameless.join(', ')}: a ${profiles.find(({ seenAs }) => seenAs)?.seenAs?.name} can be anybody, so that a scenario has to say whose profile this is (profile: FILE)`,
      EXIT.usage,
    )
  return scenarios.map(scenario => ({ ...scenario, profiles }))
}
