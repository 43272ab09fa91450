import { resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { redactText } from '../evidence/redact.ts'
import { middleboxes } from '../faults/middleboxes/index.ts'
import { type AgeBox, ageBoxes, type Middlebox } from '../faults/middleboxes/middlebox.ts'
import type { LabKind } from '../labs/lab.ts'
import { formatMs } from '../model/duration.ts'
import { BUNDLED_SCENARIOS } from '../model/package.ts'
import type { Profile } from '../model/profile.ts'
import type { Scenario } from '../model/scenario.ts'
import { formatProblems } from '../scenario/format.ts'
import { loadScenarios } from '../scenario/load.ts'
import { isMisnamed, ProfileShelf } from '../scenario/profile-shelf.ts'
import { harmless } from '../text/harmless.ts'
import { kindAt, UnreadableFile } from '../text/read-text.ts'
import { plural } from '../text/words.ts'
import { Complaint, EXIT, SIGNAL_EXIT, unknownName } from './exit.ts'
import { theProject } from './project.ts'
import { complain } from './say.ts'
import { among, type ScenarioKey, type Selection, selected } from './selection.ts'
import { onStopSignal, unlessStopped } from './stop.ts'
import { currentLook } from './terminal.ts'

interface ChosenScenarios {
  readonly scenarios: readonly Scenario[]
  /** How many more were asked for that are made for other labs than `--lab` says. */
  readonly elsewhere: number
  /** What could not be read, in words. */
  readonly unreadable?: string
}

/** The scenarios that the command line asks for, in the order of their files. Complains where there are none. */
export async function chooseScenarios(
  files: readonly string[],
  { grep, grepInvert, tag, only, lab, profile = [], ...given }: ScenarioChoice,
): Promise<ChosenScenarios> {
  const { scenarios: readable, unreadable } = await readScenarios(files, given)
  const all = withProfiles(readable, profile)
  const meant = selected(all, {
    ...(grep !== undefined && { grep }),
    ...(grepInvert !== undefined && { grepInvert }),
    ...(tag && { tag }),
  })
  const named = only === undefined ? meant : among(meant, only)
  if (named.length === 0 && only !== undefined)
    throw new Complaint(
      `error: --last-failed: none of the ${only.length} that did not pass is among ${plural(meant.length, 'scenario')} here`,
      EXIT.usage,
    )
  const isChosen = grep !== undefined || only !== undefined || tag?.some(each => !each.startsWith('!')) === true
  const isNamed = files.length > 0 || [grep, grepInvert, tag, only].some(choice => choice !== undefined)
  const isAsked = (scenario: Scenario) => isNamed || !isForAskedLabs(scenario, theProject().catalog.labs)
  const ownFiles = new Set(files.map(file => resolve(file)))
  const isMeant = ({ tags, position: { file } }: Scenario) =>
    isChosen || !tags?.includes(ON_REQUEST) || ownFiles.has(resolve(file))
  const fitting = named.filter(
    scenario => isMeant(scenario) && (lab === undefined ? isAsked(scenario) : (scenario.lab?.includes(lab) ?? true)),
  )
  if (fitting.length === 0) {
    const labs = [...new Set(named.flatMap(scenario => scenario.lab ?? []))].join(', ')
    throw new Complaint(`error: --lab: what was asked for is not made for lab ${lab}, but for ${labs}.`, EXIT.usage)
  }
  return {
    scenarios: fitting,
    elsewhere: named.length - fitting.length,
    ...(unreadable === undefined ? {} : { unreadable }),
  }
}

/** Too long for every run: a scenario with this tag is played where its own file, a tag or a part of its name asks for it. */
const ON_REQUEST = 'on-request'

/** Made for labs alone that are played in only where they are asked for. */
const isForAskedLabs = ({ lab: labs = [] }: Scenario, kinds: ReadonlyMap<string, LabKind>): boolean =>
  labs.length > 0 && labs.every(name => kinds.get(name)?.asked === true)

/** What could be read, and in words what could not: files of which each is out alone. */
export interface ReadScenarios {
  readonly scenarios: readonly Scenario[]
  readonly unreadable?: string
}

/** Complains where nothing can be played. What modules print goes to stderr. */
export async function readScenarios(
  files: readonly string[],
  { commands = true }: CommandChoice = {},
): Promise<ReadScenarios> {
  const patterns = files.length > 0 ? files : await defaultPatterns()
  const { config, catalog } = theProject()
  const found = await untilLoaded(onModule =>
    loadScenarios(patterns, catalog.vocabulary, {
      cwd: process.cwd(),
      onModule,
      ...(commands && config.commands !== false ? {} : { noCommands: true }),
    }),
  )
  for (const [file, text] of found.printed) complain(`${harmless(file)} printed:\n${redactText(text.trimEnd())}\n`)
  if (found.problems.length === 0) return { scenarios: found.scenarios }
  const unreadable = formatProblems(found.problems, found.sources, currentLook())
  if (found.scenarios.length === 0) throw new Complaint(unreadable, EXIT.unreadable)
  return { scenarios: found.scenarios, unreadable }
}

/**
 * A module is a program, which may send a signal to its parent. Who sent one can't be told (sigaction(2) says it, Node does
 * not), but which file was being loaded.
 */
async function untilLoaded<T>(load: (onModule: (file: string) => void) => Promise<T>): Promise<T> {
  let module: string | undefined
  const stop = onStopSignal(() => {})
  try {
    return await unlessStopped(
      load(file => {
        module = file
      }),
      stop,
    )
  } catch (error) {
    const by = stop.by()
    if (by === undefined) throw error
    const where = module === undefined ? 'while scenarios were read' : `while ${harmless(module)} was being loaded`
    const from = module === undefined ? '' : ': from this module, or from outside'
    throw new Complaint(`halfopen: ${by} came ${where}${from}.`, SIGNAL_EXIT[by])
  } finally {
    stop.dispose()
  }
}

/** `--no-commands`. */
interface CommandChoice {
  readonly commands?: boolean
}

/** The options that say which scenarios are meant, and with which profiles. */
export interface ScenarioChoice extends CommandChoice, Selection {
  readonly lab?: string
  readonly profile?: readonly string[]
  /** No others than these; absent: all. */
  readonly only?: readonly ScenarioKey[]
}

/** The project's own folder where it has one with scenarios in it, else those that come with the package. */
export async function defaultPatterns(): Promise<readonly string[]> {
  const own = await glob('scenarios/**/*.{yaml,yml,scenario.ts}', { cwd: process.cwd() })
  const isClosed = (await kindAt('scenarios')) instanceof UnreadableFile
  return own.length > 0 || isClosed ? ['scenarios'] : [BUNDLED_SCENARIOS]
}

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
    const contents = formatProblems(shelf.problems, shelf.sources, currentLook())
    throw new Complaint([...names, contents].join(''), EXIT.unreadable)
  }
  return found.flatMap(each => (each && !isMisnamed(each) ? [each] : []))
}

/** The scenarios with profiles for whoever these speak of. One of `any program` or `any URL` speaks of nobody by name. */
function withProfiles(scenarios: readonly Scenario[], files: readonly string[]): readonly Scenario[] {
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
