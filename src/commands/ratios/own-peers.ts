import { parse } from 'yaml'
import type { Plugin } from '../../model/plugin.ts'
import { external } from '../../peers/brokers/external.ts'
import { command } from '../../peers/clients/command.ts'
import { orAll } from '../../text/nearest.ts'
import { atPlace, IN_WORDS } from '../../text/schema-words.ts'

/** A peer of the table as the command line asks for it: a kind, with options of its own, under a name of its own. */
export interface OwnPeer {
  readonly label: string
  /** By which the registry knows it. */
  readonly name: string
  /** Checked; absent: its defaults. */
  readonly options?: Readonly<Record<string, unknown>>
}

interface Known {
  readonly kinds: ReadonlyMap<string, Plugin>
  readonly measurable: readonly string[]
  /** Why a kind that is known can't be measured without options. */
  readonly unfit: (name: string) => string
}

interface Read {
  readonly values: readonly OwnPeer[]
  readonly problems: readonly string[]
}

/**
 * `mosquitto, mosquitto { max_keepalive: 60 }, mine=./driver --port {port}, emqx=mqtt://broker.example`: what stands between commas that are in no
 * braces and no quotes. A name before `=` is what the table calls it.
 */
export function readPeers(text: string, known: Known): Read {
  if (text.trim() === 'all') {
    const ofMqtt = known.measurable.filter(name => known.kinds.get(name)?.dialect === undefined)
    return { values: ofMqtt.map(name => ({ label: name, name })), problems: [] }
  }
  const read = entriesIn(text).map(entry => readOne(entry, known))
  const values = read.flatMap(each => (typeof each === 'string' ? [] : [each]))
  const labels = values.map(({ label }) => label)
  // The same twice is once; two of one name could not be told apart.
  const twice = values.filter(
    (each, i) => labels.indexOf(each.label) !== i && !isSame(each, values[labels.indexOf(each.label)]),
  )
  return {
    values: values.filter(({ label }, i) => labels.indexOf(label) === i),
    problems: [
      ...read.flatMap(each => (typeof each === 'string' ? [each] : [])),
      ...twice.map(({ label }) => `two are called '${label}': give one of them another name, other=...`),
    ],
  }
}

const isSame = (one: OwnPeer, other: OwnPeer | undefined): boolean =>
  one.name === other?.name && JSON.stringify(one.options) === JSON.stringify(other.options)

/** Cut at each comma that stands in no braces, brackets or quotes. */
function entriesIn(text: string): readonly string[] {
  const entries = ['']
  let depth = 0
  let quote = ''
  for (const char of text) {
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (char === ',' && depth <= 0 && quote === '') entries.push('')
    else entries[entries.length - 1] += char
  }
  return entries.map(entry => entry.trim())
}

const LABEL = /^([\p{L}\p{N}][\p{L}\p{N}_.-]{0,39})=/u
const URL = /^(mqtts?|wss?):\/\//
const WITH_OPTIONS = /^([a-z0-9.-]+)\s*(\{.*\})$/s
/** What a table should not show. */
const SECRET = /pass|secret|token|key$/i

/** A string says what is wrong. */
function readOne(entry: string, known: Known): OwnPeer | string {
  if (entry === '') return 'a value is missing between two commas'
  const label = LABEL.exec(entry)?.[1]
  const what = label === undefined ? entry : entry.slice(label.length + 1).trim()
  if (known.kinds.has(what))
    return known.measurable.includes(what) ? { label: label ?? what, name: what } : `'${what}' ${known.unfit(what)}`
  if (URL.test(what)) return byUrl(label, what, known)
  const [, name = '', options] = WITH_OPTIONS.exec(what) ?? []
  if (options !== undefined && known.kinds.has(name)) return configured(label, name, options, known)
  if (label !== undefined && known.kinds.has(command.name))
    return checked({ label, name: command.name }, { command: what }, known)
  return `nothing is called '${what}' (a program of your own: NAME=COMMAND)${orAll(what, known.measurable, ['all', ...known.measurable])}`
}

function byUrl(label: string | undefined, url: string, known: Known): OwnPeer | string {
  if (!known.kinds.has(external.name)) return 'a client is no URL'
  // A URL may hold a password, and the table shows what its peers are called.
  if (label === undefined) return 'a broker by its URL needs a name: emqx=mqtt://...'
  return checked({ label, name: external.name }, { url }, known)
}

function configured(label: string | undefined, name: string, text: string, known: Known): OwnPeer | string {
  let options: unknown
  try {
    options = parse(text)
  } catch {
    return `'${text}' is no map of options, such as { max_keepalive: 60 }`
  }
  if (label === undefined && Object.keys(options as object).some(key => SECRET.test(key)))
    return `${name} with a secret among its options needs a name: mine=${name} { ... }`
  return checked({ label: label ?? `${name} ${text.replace(/\s+/g, ' ')}`, name }, options, known)
}

function checked({ label, name }: OwnPeer, given: unknown, { kinds, unfit }: Known): OwnPeer | string {
  const kind = kinds.get(name)
  if ((kind as { readonly model?: true } | undefined)?.model) return `'${name}' ${unfit(name)}`
  const read = kind?.options.safeParse(given, IN_WORDS)
  if (read?.success) return { label, name, options: read.data as Readonly<Record<string, unknown>> }
  const complaints = read?.error.issues.map(({ path, message }) => atPlace(path, message)) ?? []
  return `${label}: ${complaints.join('; ')}`
}
