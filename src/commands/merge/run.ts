import { Complaint, EXIT } from '../../terminal/exit.ts'
import { kindAt, UnreadableFile } from '../../text/read-text.ts'
import { type MergeComparisons, type MergeOptions, OF_COMPARISONS_ONLY, OF_RUNS_ONLY } from './options.ts'

/** `halfopen merge`: shards as the whole that they are parts of, told by what they are. Its exit code. */
export async function merge(
  shards: readonly string[],
  options: MergeOptions,
  comparisons: MergeComparisons,
): Promise<number> {
  const kinds = await Promise.all(shards.map(kindOf))
  const folder = shards[kinds.indexOf('run')]
  const file = shards[kinds.indexOf('comparison')]
  if (folder !== undefined && file !== undefined)
    throw new Complaint(
      `error: ${folder} is a folder of evidence, and ${file} a file: shards of a run and of a comparison do not go together`,
      EXIT.usage,
    )
  refuse(options, folder === undefined ? OF_RUNS_ONLY : OF_COMPARISONS_ONLY, folder === undefined)
  if (folder !== undefined) return (await import('./merge-runs.ts')).mergeRuns(shards, options)
  return (await comparisons())(shards, options)
}

async function kindOf(path: string): Promise<'run' | 'comparison'> {
  const kind = await kindAt(path)
  if (kind instanceof UnreadableFile) throw new Complaint(`error: ${path}: ${kind.message}`, EXIT.unreadable)
  return kind === 'folder' ? 'run' : 'comparison'
}

function refuse(options: MergeOptions, others: readonly (keyof MergeOptions)[], isComparison: boolean): void {
  const given = others.filter(name => options[name] !== undefined)
  if (given.length === 0) return
  const what = isComparison ? 'a run; these are files of a comparison' : 'a comparison; these are folders of a run'
  throw new Complaint(`error: ${given.map(name => `--${name}`).join(', ')}: only for ${what}`, EXIT.usage)
}
