import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { inReadingOrder, type Problem } from '../../scenario/problem.ts'
import { splitAddress } from '../../text/address.ts'
import { nearest } from '../../text/nearest.ts'
import type { ProxyFields } from './proxy.ts'
import { readTls, TLS_KEYS } from './proxy-tls.ts'

/** Proxies, or problems: never both. */
export interface ProxyConfig {
  readonly proxies: readonly ProxyFields[]
  readonly problems: readonly Problem[]
}

const KINDS = { name: 'string', listen: 'string', upstream: 'string', enabled: 'boolean', tls: 'object' } as const
const KIND_NAMES = { string: 'text', boolean: 'true or false', object: 'an object' } as const
type Key = keyof typeof KINDS
const KEYS = Object.keys(KINDS) as Key[]

/** Complains about the node, or the whole entry where there is none. */
type Complain = (node: unknown, message: string, hint?: Partial<Problem>) => void

/**
 * Toxiproxy's config file: a JSON list of `{ name, listen, upstream, enabled }`. Keys that it does not know are ignored, as
 * there, unless they look like a slip. Pure; all problems at once.
 */
export function readConfig(text: string, file: string): ProxyConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'json', lineCounter: lines, logLevel: 'error', uniqueKeys: true })
  const problems: Problem[] = []
  const complainAt = (offset: number, message: string, hint: Partial<Problem> = {}) => {
    const { line, col } = lines.linePos(offset)
    problems.push({ position: { file, line: Math.max(1, line), column: Math.max(1, col) }, message, ...hint })
  }
  for (const { pos, message } of document.errors) complainAt(pos[0], `not valid JSON: ${lowered(message)}`)
  const complain: Complain = (node, message, hint) => complainAt((node as Node | null)?.range?.[0] ?? 0, message, hint)
  const entries =
    document.contents && 'items' in document.contents && !isMap(document.contents) ? document.contents.items : undefined
  if (problems.length === 0 && !entries)
    complain(document.contents, 'a config file is a list of proxies: [{ "name": ... }]')
  if (problems.length > 0) return { proxies: [], problems }

  const proxies = (entries ?? []).map(entry => readEntry(entry, complain))
  complainOfTwins(proxies, complain)
  if (problems.length > 0) return { proxies: [], problems: inReadingOrder(problems) }
  return { proxies: proxies.map(({ fields }) => fields), problems }
}

interface Read {
  readonly fields: ProxyFields
  readonly nodes: ReadonlyMap<Key, unknown>
}

function readEntry(entry: unknown, complain: Complain): Read {
  const nodes = new Map<Key, unknown>()
  const fields = { name: '', listen: '', upstream: '', enabled: true }
  if (!isMap(entry)) {
    complain(entry, 'a proxy has to be an object')
    return { fields, nodes }
  }
  const strangers: unknown[] = []
  for (const { key, value } of entry.items) {
    const known = KEYS.find(name => name === textOf(key).toLowerCase())
    if (!known) strangers.push(key)
    else if (scalarOf(value) !== null) nodes.set(known, value)
  }
  for (const [key, node] of nodes)
    if (isMap(node) && key === 'tls') readTlsNode(node, fields, complain)
    else if (typeof scalarOf(node) === KINDS[key]) Object.assign(fields, { [key]: scalarOf(node) })
    else complain(node, `"${key}" has to be ${KIND_NAMES[KINDS[key]]}`)
  for (const key of ['name', 'upstream'] as const)
    if (!nodes.has(key)) complain(entry, `this proxy has no "${key}"`)
    else if (scalarOf(nodes.get(key)) === '') complain(nodes.get(key), `"${key}" is empty`)
  for (const key of ['listen', 'upstream'] as const) complainOfAddress(key, fields[key], nodes.get(key), complain)
  for (const stranger of strangers) complainOfSlip(stranger, nodes, complain)
  return { fields, nodes }
}

/** What Toxiproxy's own config has no word for: a key that is unknown here is a slip. */
function readTlsNode(node: YAMLMap, fields: object, complain: Complain): void {
  const strangers = node.items.map(({ key }) => key).filter(key => !isTlsKey(textOf(key)))
  for (const key of strangers)
    complain(key, `unknown key "${textOf(key)}" in "tls"`, { allowed: TLS_KEYS, ...nearestOf(textOf(key)) })
  if (strangers.length > 0) return
  try {
    Object.assign(fields, { tls: readTls(node.toJSON()) })
  } catch (error) {
    complain(node, (error as Error).message.replace(/^bad request body: /, ''))
  }
}

const isTlsKey = (text: string): boolean => TLS_KEYS.some(key => key.toLowerCase() === text.toLowerCase())

function nearestOf(text: string): Pick<Problem, 'nearest'> {
  const near = nearest(text, TLS_KEYS)
  return near === undefined ? {} : { nearest: near }
}

const scalarOf = (node: unknown): unknown => (isScalar(node) ? node.value : node)
const textOf = (node: unknown): string => String(scalarOf(node))

function complainOfSlip(key: unknown, nodes: Read['nodes'], complain: Complain): void {
  const near = nearest(
    textOf(key),
    KEYS.filter(name => !nodes.has(name)),
  )
  if (near) complain(key, `unknown key "${textOf(key)}"`, { allowed: KEYS, nearest: near })
}

function complainOfAddress(key: Key, address: string, node: unknown, complain: Complain): void {
  if (address === '') return
  try {
    splitAddress(address)
  } catch (error) {
    complain(node, `"${key}" has to be like 127.0.0.1:8080: ${(error as Error).message}`)
  }
}

/** Toxiproxy would let the last one of a name win, and only log that the others could not listen. */
function complainOfTwins(proxies: readonly Read[], complain: Complain): void {
  for (const key of ['name', 'listen'] as const) {
    const seen = new Set<string>()
    for (const { fields, nodes } of proxies) {
      const value = fields[key]
      const isFree = value === '' || (key === 'listen' && /:0?$/.test(value))
      if (!isFree && seen.has(value)) complain(nodes.get(key), `another proxy above has the same "${key}"`)
      seen.add(value)
    }
  }
}

const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
