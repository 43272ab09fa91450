import type { Reporter } from '../../reporters/reporter.ts'
import { unknownName } from '../../terminal/exit.ts'
import { theCatalog } from '../../terminal/project.ts'
import type { VitestReporters } from '../../vitest/drive.ts'
import type { RunCommandOptions } from './options.ts'

/** vitest 4 and 5. Those that share a name with one of ours are asked for as `vitest:json`. */
export const VITEST_REPORTERS = [
  'default',
  'verbose',
  'tree',
  'dot',
  'minimal',
  'agent',
  'json',
  'junit',
  'tap',
  'tap-flat',
  'html',
  'blob',
  'github-actions',
  'hanging-process',
]

const PREFIX = 'vitest:'

export interface ChosenReporters {
  readonly ours: readonly Reporter[]
  /** They print to stdout too. */
  readonly vitests: readonly VitestReporters[]
}

/** Sorts the names of `--reporter` into ours, vitest's, and paths of a user's own reporter for vitest. */
export function chooseReporters(reporter: RunCommandOptions['reporter'], onGithub: boolean): ChosenReporters {
  const names = new Set(reporter ?? ['default'])
  // Not into a format for programs.
  if (onGithub && names.has('default')) names.add('github-actions')
  const ours: Reporter[] = []
  const vitests: VitestReporters[] = []
  for (const name of names) {
    const own = theCatalog().reporters.get(name)
    if (own) ours.push(own)
    else vitests.push(vitestReporter(name))
  }
  return { ours, vitests }
}

function vitestReporter(name: string): VitestReporters {
  const bare = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name
  if (VITEST_REPORTERS.includes(bare) || /[./]/.test(bare)) return bare
  throw unknownName('--reporter', name, allowedReporters())
}

export function allowedReporters(): string[] {
  const { reporters } = theCatalog()
  return [...reporters.keys(), ...VITEST_REPORTERS.map(name => (reporters.has(name) ? PREFIX + name : name))]
}
