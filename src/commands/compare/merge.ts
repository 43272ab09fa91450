import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireDrawing } from '../../terminal/require.ts'
import { complain } from '../../terminal/say.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { plainly } from '../../text/plainly.ts'
import { LARGE_BYTES, readText } from '../../text/read-text.ts'
import { deliver, outputProblems } from './deliver.ts'
import type { OutputOptions } from './options.ts'
import { mergeShards, readShard, type ShardFile } from './shards.ts'

/** `halfopen merge`: the shards as one comparison. Its exit code. */
export async function merge(files: readonly string[], options: OutputOptions): Promise<number> {
  refuse(outputProblems(options), EXIT.usage)
  requireDrawing(options)
  const read = await Promise.all(files.map(readOne))
  refuse(
    read.filter(each => typeof each === 'string'),
    EXIT.unreadable,
  )
  const merged = mergeShards(read.filter(each => typeof each !== 'string'))
  if ('problems' in merged) throw complaint(merged.problems, EXIT.usage)
  const troubles = await deliver(merged.comparison, options, await openTerminal())
  for (const text of troubles) complain(`halfopen: ${text}\n`)
  const doubtful = merged.comparison.results.some(({ trouble }) => trouble !== null)
  return doubtful || merged.comparison.partial || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
}

async function readOne(file: string): Promise<ShardFile | string> {
  try {
    const comparison = readShard(await readText(file, { mostBytes: LARGE_BYTES }))
    return typeof comparison === 'string' ? `${file}: ${comparison}` : { file, comparison }
  } catch (error) {
    return `${file}: this can't be read: ${plainly(error)}`
  }
}

function refuse(problems: readonly string[], exitCode: number): void {
  if (problems.length > 0) throw complaint(problems, exitCode)
}

const complaint = (problems: readonly string[], exitCode: number): Complaint =>
  new Complaint(problems.map(problem => `error: ${problem}`).join('\n'), exitCode)
