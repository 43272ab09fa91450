import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireDrawing } from '../../terminal/require.ts'
import { complain } from '../../terminal/say.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { LARGE_BYTES, readLines, readText } from '../../text/read-text.ts'
import type { Comparison } from './comparison.ts'
import {
  type ComparisonHead,
  type ComparisonTail,
  type FilePiece,
  isLaidOut,
  piecesOf,
  readComparison,
  unreadableComparison,
} from './comparison-file.ts'
import { deliver, outputProblems } from './deliver.ts'
import { isLong, LongSweep, type SweepOutcome } from './long-sweep.ts'
import type { OutputOptions } from './options.ts'

/** `halfopen merge`: the shards as one comparison. Its exit code. */
export async function merge(files: readonly string[], options: OutputOptions): Promise<number> {
  refuse(outputProblems(options), EXIT.usage)
  requireDrawing(options)
  const inLines = await scannedShards(files, options)
  const { troubles, isDoubtful, isWhole } = inLines
    ? await mergeLong(inLines, options)
    : await mergeKept(files, options)
  for (const text of troubles) complain(`halfopen: ${text}\n`)
  return isDoubtful || !isWhole || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
}

type Outcome = Omit<SweepOutcome, 'text'>

/** All results are kept until they are told. */
async function mergeKept(files: readonly string[], options: OutputOptions): Promise<Outcome> {
  const comparison = accepted((await accessible(files.map(readOne))) ?? [])
  const troubles = await deliver(comparison, options, await openTerminal())
  const isDoubtful = comparison.results.some(({ trouble }) => trouble !== null)
  return { troubles, isDoubtful, isWhole: !comparison.partial }
}

async function accessible(reads: readonly Promise<ShardFile | string>[]): Promise<readonly ShardFile[]> {
  const read = await Promise.all(reads)
  refuse(
    read.filter(each => typeof each === 'string'),
    EXIT.unreadable,
  )
  return read.filter(each => typeof each !== 'string')
}

function accepted(shards: readonly ShardFile[]): Comparison {
  const merged = mergeShards(shards)
  if ('problems' in merged) throw complaint(merged.problems, EXIT.usage)
  return merged.comparison
}

async function readOne(file: string): Promise<ShardFile | string> {
  try {
    const comparison = readComparison(await readText(file, { mostBytes: LARGE_BYTES }))
    return typeof comparison === 'string' ? `${file}: ${comparison}` : { file, comparison }
  } catch (error) {
    return unreadableComparison(file, error)
  }
}

function refuse(problems: readonly string[], exitCode: number): void {
  if (problems.length > 0) throw complaint(problems, exitCode)
}

const complaint = (problems: readonly string[], exitCode: number): Complaint =>
  new Complaint(problems.map(problem => `error: ${problem}`).join('\n'), exitCode)

/** A shard and the file that it came from, for messages. */
export interface ShardFile {
  readonly file: string
  readonly comparison: Comparison
}

type Merged = { readonly comparison: Comparison } | { readonly problems: readonly string[] }

/** The shards without their results, each read once and found to be whole; `undefined` where they are few cells, or all are wanted at once. */
async function scannedShards(
  files: readonly string[],
  options: OutputOptions,
): Promise<readonly ShardFile[] | undefined> {
  const heads = await Promise.all(files.map(headOf))
  const cells = heads.reduce<number>((sum, head) => sum + (head?.cells ?? Number.NaN), 0)
  if (!isLong(cells, options)) return undefined
  // One after the other: they are large.
  const scans: (ShardFile | string)[] = []
  for (const file of files) scans.push(await scanned(file))
  return accessible(scans.map(scan => Promise.resolve(scan)))
}

/** `undefined` where it can't be read by lines; what is wrong with it is then told by who reads it as a whole. */
async function headOf(file: string): Promise<ComparisonHead | undefined> {
  try {
    for await (const { lines } of readLines(file)) {
      if (!isLaidOut(lines[0] ?? '')) return undefined
      break
    }
    for await (const piece of piecesOf(file)) return piece.is === 'head' ? piece.value : undefined
  } catch {}
  return undefined
}

export async function scanned(file: string): Promise<ShardFile | string> {
  try {
    let head: ComparisonHead | undefined
    let tail: ComparisonTail | undefined
    let [cells, before] = [0, -1]
    for await (const piece of piecesOf(file)) {
      if (piece.is === 'head') head = piece.value
      else if (piece.is === 'tail') tail = piece.value
      else {
        cells++
        if (rank(piece) <= before) return `${file}: its cells are not in the order of their numbers`
        before = rank(piece)
      }
    }
    if (!head || !tail) return `${file}: it holds no comparison`
    if (!tail.partial && cells !== head.cells) return `${file}: it holds ${cells} of ${head.cells} cells`
    return { file, comparison: { ...head, ...tail, results: [], leftOut: [] } }
  } catch (error) {
    return unreadableComparison(file, error)
  }
}

/** Results are read, told and written one at a time, in the order of their numbers. */
export async function mergeLong(shards: readonly ShardFile[], options: OutputOptions): Promise<Outcome> {
  const { results: _, leftOut: __, partial, clients, brokers, ...head } = accepted(shards)
  const sweep = new LongSweep(head, options)
  try {
    await sweep.begin()
    for await (const piece of inOrder(shards.map(({ file }) => piecesOf(file, { checked: true })))) {
      if (piece.is === 'result') await sweep.result(piece.value, { clients, brokers })
      else if (piece.is === 'left-out') await sweep.leftOut(piece.value)
    }
    const outcome = await sweep.end({ partial, clients, brokers })
    ;(await openTerminal()).print(outcome.text)
    return outcome
  } catch (error) {
    await sweep.abandon()
    throw error
  }
}

/** All results by their numbers, then all that was left out. */
async function* inOrder(files: readonly AsyncGenerator<FilePiece>[]): AsyncGenerator<FilePiece> {
  const next = await Promise.all(files.map(file => file.next()))
  for (;;) {
    let least = -1
    for (const [i, { done, value }] of next.entries())
      if (!done && (least < 0 || rank(value) < rank(next[least]?.value))) least = i
    if (least < 0) return
    yield next[least]?.value as FilePiece
    next[least] = (await files[least]?.next()) as IteratorResult<FilePiece>
  }
}

/** The place of a piece among all: heads, results, what was left out, tails. Numbers of cells are below 10^9. */
function rank({ is, value }: FilePiece): number {
  if (is === 'head') return -1
  if (is === 'tail') return Infinity
  return value.index + (is === 'result' ? 0 : 1e9)
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
