import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireDrawing } from '../../terminal/require.ts'
import { complain } from '../../terminal/say.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { parseJson } from '../../text/json.ts'
import { plainly } from '../../text/message-of.ts'
import { LARGE_BYTES, readText } from '../../text/read-text.ts'
import { type Comparison, comparisonSchema } from './comparison.ts'
import { deliver, outputProblems } from './deliver.ts'
import type { OutputOptions } from './options.ts'

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

/** A shard and the file that it came from, for messages. */
interface ShardFile {
  readonly file: string
  readonly comparison: Comparison
}

type Merged = { readonly comparison: Comparison } | { readonly problems: readonly string[] }

/** The text of a shard's file, or what is wrong with it in one sentence. */
export function readShard(text: string): Comparison | string {
  const json = parseJson(text)
  if ('message' in json) return `not JSON: ${json.message}`
  const parsed = comparisonSchema.safeParse(json.value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue?.path.join('.')
  return `this is not what halfopen compare --json wrote${place ? `: ${place} is missing, or has another form` : ''}`
}

/** What all shards of one comparison have in common, in words for messages. */
const SAME: Readonly<Record<string, (comparison: Comparison) => unknown>> = {
  'version of halfopen': ({ halfopen }) => halfopen,
  seed: ({ settings }) => settings.seed,
  lab: ({ settings }) => settings.lab,
  'settings (--phases, --for, --quick)': ({ settings: { phases, forMs, quick } }) => [phases, forMs, quick],
  'list of axes': ({ axes }) => axes,
  'number of shards': ({ shard }) => shard?.of,
}

/** Pure. All shards as one comparison, the same as if it had never been split; or everything that is against it. */
export function mergeShards(files: readonly ShardFile[]): Merged {
  const [first] = files
  if (!first) return { problems: ['there is nothing to merge'] }
  const problems = [...wholes(files), ...strangers(first, files), ...otherVersions(files)]
  if (problems.length === 0) problems.push(...twice(files), ...missing(first, files))
  if (problems.length > 0) return { problems }
  const parts = files.map(({ comparison }) => comparison)
  const results = parts.flatMap(part => part.results).sort((a, b) => a.index - b.index)
  return {
    comparison: {
      ...first.comparison,
      started: parts.map(({ started }) => started).sort()[0] ?? first.comparison.started,
      shard: null,
      cells: parts.reduce((sum, { cells }) => sum + cells, 0),
      partial: parts.some(({ partial }) => partial),
      clients: Object.assign({}, ...parts.map(({ clients }) => clients)),
      brokers: Object.assign({}, ...parts.map(({ brokers }) => brokers)),
      results,
      leftOut: parts.flatMap(part => part.leftOut).sort((a, b) => a.index - b.index),
    },
  }
}

const wholes = (files: readonly ShardFile[]): string[] =>
  files
    .filter(({ comparison }) => comparison.shard === null)
    .map(({ file }) => `${file} is a whole comparison, not a shard of one`)

function strangers(first: ShardFile, files: readonly ShardFile[]): string[] {
  return files.flatMap(({ file, comparison }) =>
    Object.entries(SAME)
      .filter(([, of]) => JSON.stringify(of(comparison)) !== JSON.stringify(of(first.comparison)))
      .map(([what]) => `${file} does not belong with ${first.file}: another ${what}`),
  )
}

/** A model plays the version that its machine has: figures of two versions under one name would be figures of neither. */
function otherVersions(files: readonly ShardFile[]): string[] {
  const known = new Map<string, { readonly file: string; readonly version: string }>()
  return files.flatMap(({ file, comparison: { clients, brokers } }) =>
    [clients, brokers].flatMap(peers =>
      Object.entries(peers).flatMap(([name, { version }]) => {
        const first = known.get(name) ?? { file, version }
        known.set(name, first)
        const words = `${file} does not belong with ${first.file}: ${name} ${version} there, ${first.version} here`
        return first.version === version ? [] : [words]
      }),
    ),
  )
}

function twice(files: readonly ShardFile[]): string[] {
  const byIndex = new Map<number, string>()
  return files.flatMap(({ file, comparison: { shard } }) => {
    const index = shard?.index ?? 0
    const other = byIndex.get(index)
    byIndex.set(index, file)
    return other === undefined ? [] : [`${file} is shard ${index} again, after ${other}`]
  })
}

function missing({ comparison }: ShardFile, files: readonly ShardFile[]): string[] {
  const of = comparison.shard?.of ?? 0
  const there = new Set(files.map(file => file.comparison.shard?.index))
  return Array.from({ length: of }, (_, i) => i + 1)
    .filter(index => !there.has(index))
    .map(index => `shard ${index}/${of} is missing`)
}
