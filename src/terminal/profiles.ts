import { resolve } from 'node:path'
import { middleboxes } from '../faults/middleboxes/index.ts'
import { type AgeBox, ageBoxes, type Middlebox } from '../faults/middleboxes/middlebox.ts'
import { formatMs } from '../model/duration.ts'
import type { Profile } from '../model/profile.ts'
import type { Scenario } from '../model/scenario.ts'
import { formatProblems } from '../scenario/format.ts'
import { isMisnamed, ProfileShelf } from '../scenario/profile-shelf.ts'
import { Complaint, EXIT, unknownName } from './exit.ts'
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

/** The preset that `--middlebox` names, or a complaint with the nearest one. */
export function middleboxNamed(name: string): Middlebox {
  const box = anyBoxNamed(name)
  if ('afterMs' in box) return box
  throw new Complaint(
    `error: --middlebox: ${name} has no idle time-out: it ends every connection at an age of ${formatMs(box.maxAgeMs)}, however busy (${box.source})`,
    EXIT.usage,
  )
}

/** The same, also where it is a box that ends connections at an age. */
export function anyBoxNamed(name: string): Middlebox | AgeBox {
  const box = middleboxes.get(name) ?? ageBoxes.get(name)
  if (!box) throw unknownName('--middlebox', name, [...middleboxes.keys(), ...ageBoxes.keys()])
  return box
}
