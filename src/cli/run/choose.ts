import { glob } from 'tinyglobby'
import type { Scenario } from '../../model/scenario.ts'
import { vocabulary } from '../../plugins.ts'
import { plural } from '../../reporters/layout.ts'
import { formatProblems } from '../../scenario/format.ts'
import { loadScenarios } from '../../scenario/load.ts'
import { Complaint, EXIT } from '../exit.ts'
import type { Shard } from '../options.ts'
import { BUNDLED_SCENARIOS } from '../package.ts'
import { withProfiles } from '../profiles.ts'
import { currentLook } from '../terminal.ts'
import type { RunOptions } from './options.ts'

export interface Chosen {
  readonly scenarios: readonly Scenario[]
  /** How many more were asked for that are made for other labs than `--lab` says. */
  readonly elsewhere: number
}

/** The scenarios that the command line asks for, in the order of their files. Complains where there are none. */
export async function chooseScenarios(
  files: readonly string[],
  { grep, shard, lab, profile = [] }: RunOptions,
): Promise<Chosen> {
  const all = withProfiles(await readScenarios(files), profile)
  const named = grep === undefined ? all : all.filter(scenario => matches(scenario, grep))
  if (named.length === 0) {
    throw new Complaint(
      `error: --grep: none of ${plural(all.length, 'scenario')} has '${grep}' in its name or file.`,
      EXIT.usage,
    )
  }
  const fitting = lab === undefined ? named : named.filter(scenario => scenario.lab?.includes(lab) ?? true)
  if (fitting.length === 0) {
    const labs = [...new Set(named.flatMap(scenario => scenario.lab ?? []))].join(', ')
    throw new Complaint(`error: --lab: what was asked for is not made for lab ${lab}, but for ${labs}.`, EXIT.usage)
  }
  const scenarios = shard ? fitting.filter((_, number) => inShard(number, shard)) : fitting
  return { scenarios, elsewhere: named.length - fitting.length }
}

export async function readScenarios(files: readonly string[]): Promise<readonly Scenario[]> {
  const patterns = files.length > 0 ? files : await defaultPatterns()
  const { scenarios, problems, sources } = await loadScenarios(patterns, vocabulary, { cwd: process.cwd() })
  if (problems.length > 0) {
    throw new Complaint(formatProblems(problems, sources, { color: currentLook().color }), EXIT.unreadable)
  }
  return scenarios
}

/** The project's own folder where it has one with scenarios in it, else those that come with the package. */
async function defaultPatterns(): Promise<readonly string[]> {
  const own = await glob('scenarios/**/*.{yaml,yml,scenario.ts}', { cwd: process.cwd() })
  return own.length > 0 ? ['scenarios'] : [BUNDLED_SCENARIOS]
}

function matches({ name, position }: Scenario, text: string): boolean {
  return `${name}\n${position.file}`.toLowerCase().includes(text.toLowerCase())
}

/** Every n-th one, so that each part gets some of every folder. */
const inShard = (number: number, { index, of }: Shard): boolean => number % of === index - 1
