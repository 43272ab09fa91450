import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Parser,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import type { SourcePosition } from '../model/scenario.ts'
import { DEEPEST, show } from './plain.ts'
import type { Path, Problem } from './problem.ts'
import type { Source } from './source.ts'
import { yamlWords } from './yaml-words.ts'

/** One document of a file: its value and where its parts stand, or nothing but problems. */
interface YamlDocument {
  readonly problems: readonly Problem[]
  /** Absent where the document is too broken to be looked at any further. */
  readonly content?: { readonly value: unknown; readonly source: Source }
}

/** Looking for equal keys in each map is left to `repeatedKeys`: the composer compares each key with each other. */
const COMPOSED = { logLevel: 'error', stringKeys: true, resolveKnownTags: false, uniqueKeys: false } as const

/** The documents of a YAML text. Empty ones are left out. */
export function readYaml(text: string, file: string): YamlDocument[] {
  if (/\r/.test(text) && !text.includes('\n'))
    return [
      { problems: [{ position: { file, line: 1, column: 1 }, message: 'its lines end in CR alone; save it with LF' }] },
    ]
  const tokens = [...new Parser().parse(text)]
  const placeAt = lineIndex(text)
  const positionAt = (offset: number): SourcePosition => ({ file, ...placeAt(offset) })
  // The composer recurses, and runs out of memory rather than out of stack.
  const tooDeep = firstTooDeep(tokens)
  if (tooDeep !== undefined)
    return [{ problems: [{ position: positionAt(tooDeep), message: 'this is nested too deeply' }] }]
  const documents = [...new Composer(COMPOSED).compose(tokens)]
  return documents.filter(isWorthReading).map(document => readDocument(document, text, positionAt))
}

type PositionAt = (offset: number) => SourcePosition

/** A stray `---` at the end makes an empty document. */
const isWorthReading = ({ contents, errors }: Document.Parsed): boolean =>
  errors.length > 0 || !(isScalar(contents) && contents.value === null)

function readDocument(document: Document.Parsed, text: string, positionAt: PositionAt): YamlDocument {
  // Behind a tab the parser goes on with guesses, and complains of those.
  const tabs = document.errors.filter(({ code }) => code === 'TAB_AS_INDENT')
  const complaints = tabs.length > 0 ? tabs : [...document.errors, ...document.warnings]
  const problems = complaints.map(error => ({ position: positionAt(error.pos[0]), message: yamlWords(error) }))
  for (const offset of tabs.length > 0 ? [] : repeatedKeys(document))
    problems.push({
      position: positionAt(offset),
      message: `${show(keyAt(text, offset))} is written twice in the same map`,
    })
  for (const offset of mergeKeys(document)) problems.push({ position: positionAt(offset), message: NO_MERGE })
  if (document.errors.length > 0) return { problems }
  const start = positionAt(document.contents?.range?.[0] ?? document.range[0])
  if (problems.some(({ message }) => message === NO_MERGE)) return { problems }
  const content = plainValue(document, text)
  if ('message' in content) {
    const position = content.node?.range ? positionAt(content.node.range[0]) : start
    return { problems: [...problems, { position, message: content.message }] }
  }
  return { problems, content: { value: content.value, source: { start, find: finder(document, positionAt) } } }
}

function plainValue(document: Document.Parsed, text: string): { value: unknown } | { message: string; node?: Node } {
  if (text.includes('*') && isTooMuchToResolve(document)) return { message: TOO_MANY_ALIASES }
  try {
    return { value: document.toJS() as unknown }
  } catch {
    const node = unresolvedAlias(document)
    if (node) return { message: 'there is no anchor of this name above', node }
    return { message: TOO_MANY_ALIASES }
  }
}

const TOO_MANY_ALIASES = 'its aliases come to more than can be read'
/** The library goes through the whole document for each alias. */
const MOST_STEPS = 500_000

function isTooMuchToResolve(document: Document.Parsed): boolean {
  let [aliases, nodes] = [0, 0]
  visit(document, {
    Alias: () => void aliases++,
    Node: () => void nodes++,
  })
  return aliases * nodes > MOST_STEPS
}

const NO_MERGE = 'merge keys (<<) are not read: write out the keys, or give the whole map an anchor'

/** `<<: *anchor` was part of YAML 1.1 and is none of 1.2, and what it would leave out no position could tell. */
function mergeKeys(document: Document.Parsed): readonly number[] {
  const offsets: number[] = []
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') offsets.push(startOf(key) ?? 0)
    },
  })
  return offsets
}

/** Where keys stand that their map has above already. */
function repeatedKeys(document: Document.Parsed): readonly number[] {
  const offsets: number[] = []
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) offsets.push(startOf(key) ?? 0)
        seen.add(key.value)
      }
    },
  })
  return offsets
}

function unresolvedAlias(document: Document.Parsed): Node | undefined {
  let found: Node | undefined
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return undefined
      found = alias
      return visit.BREAK
    },
  })
  return found
}

function finder(document: Document.Parsed, positionAt: PositionAt): Source['find'] {
  return (path, at) => {
    let node: unknown = document.contents
    let key: unknown
    for (const step of path) {
      const child = childOf(isAlias(node) ? node.resolve(document) : node, step)
      if (!child) return undefined
      ;({ key, value: node } = child)
    }
    // An empty value has no place of its own.
    const isEmpty = isScalar(node) && node.value === null && !node.source
    const offset = (at === 'key' || isEmpty ? startOf(key) : startOf(node)) ?? startOf(key)
    return offset === undefined ? undefined : positionAt(offset)
  }
}

function childOf(node: unknown, step: Path[number]): { key: unknown; value: unknown } | undefined {
  if (isSeq(node))
    return typeof step === 'number' && step in node.items
      ? { key: node.items[step], value: node.items[step] }
      : undefined
  return isMap(node) ? pairsOf(node).get(String(step)) : undefined
}

const indexed = new WeakMap<object, ReadonlyMap<string, { key: unknown; value: unknown }>>()

/** By its keys. Of two equal ones the last counts, as it does in the value. */
function pairsOf(map: YAMLMap): ReadonlyMap<string, { key: unknown; value: unknown }> {
  const known = indexed.get(map)
  if (known) return known
  const pairs = new Map(
    map.items.filter(({ key }) => isScalar(key)).map(pair => [String((pair.key as Scalar).value), pair]),
  )
  indexed.set(map, pairs)
  return pairs
}

const startOf = (node: unknown): number | undefined => (node as Partial<Node> | null | undefined)?.range?.[0]

const keyAt = (text: string, offset: number): string =>
  /^"[^"\n]*"|^'[^'\n]*'|^[^\s:,{}[\]]+/.exec(text.slice(offset, offset + 200))?.[0].replace(/^["']|["']$/g, '') ??
  'a key'

/** The offset of what lies below more levels than any scenario has. */
function firstTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open: { token: CST.Token | null | undefined; depth: number }[] = tokens.map(token => ({ token, depth: 0 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next
    if (depth > DEEPEST && token) return token.offset
    if (token?.type === 'document') open.push({ token: token.value, depth })
    else if (token && 'items' in token)
      for (const { key, value } of token.items)
        open.push({ token: key, depth: depth + 1 }, { token: value, depth: depth + 1 })
  }
  return undefined
}

/** A place in a text; both count from 1. */
interface LinePlace {
  readonly line: number
  readonly column: number
}

/** From offsets to lines. (The yaml package's LineCounter loses count in broken documents.) */
export function lineIndex(text: string): (offset: number) => LinePlace {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return offset => {
    const inside = Math.min(Math.max(offset, 0), text.length)
    const line = lastAtOrBefore(starts, inside)
    return { line: line + 1, column: inside - (starts[line] ?? 0) + 1 }
  }
}

/** Binary search in ascending numbers, of which the first is 0. */
function lastAtOrBefore(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle
    else high = middle
  }
  return low
}
