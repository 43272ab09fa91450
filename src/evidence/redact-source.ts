import { distance } from 'fastest-levenshtein'
import { inOrder, replaceSpans, type Span, secretSpans } from './secret-spans.ts'

const KEY = /(?<![\w-])([\w-]+)["']?\s*:(?!\/\/)[^\S\n]*/g
const SECRET_KEY =
  /passw|passphrase|secret|token|credential|authorization|cookie|api[-_]?key|username|payload|auth(?:entication)?data|^(?:user|key|pfx)$/i
/** A slip of the pen is what an error is about, and its value is as secret. */
const MISSPELT = ['password', 'passphrase', 'username', 'secret']
const SLIPS = 2
const PEM = /-----BEGIN [\s\S]+?(?:-----END [^-]*-----|$)/g

/**
 * The text of a scenario file as an error may show it: secrets are stars, and everything stands where it stood. Rather one
 * value too many than one too few. It costs as much for each character of any text.
 */
export const redactSource = (text: string): string =>
  replaceSpans(
    text,
    inOrder([...secretSpans(text), ...pemBlocks(text), ...looseUserInfo(text), ...keyedValues(text)]),
    stars,
  )

/** How far a line is indented is no secret. */
const stars = (text: string): string =>
  text.includes('\n') ? text.replace(/^( +)|[^\r\n]/gm, (_, indent?: string) => indent ?? '*') : '*'.repeat(text.length)

const pemBlocks = (text: string): Span[] =>
  [...text.matchAll(PEM)].map(({ index, 0: block }) => [index, index + block.length])

/** Also where it is no URL: all of a word from its `://` to its last `@`. */
const looseUserInfo = (text: string): Span[] =>
  [...text.matchAll(/:\/\/([^\s"']*)/g)].flatMap(({ index, 1: rest = '' }): Span[] => {
    const at = rest.lastIndexOf('@')
    return at < 0 ? [] : [[index + 3, index + 3 + at]]
  })

function keyedValues(text: string): Span[] {
  const spans: Span[] = []
  const keys = new RegExp(KEY.source, KEY.flags)
  for (let found = keys.exec(text); found !== null; found = keys.exec(text)) {
    if (!isSecretKey(found[1] ?? '')) continue
    const from = keys.lastIndex
    const to = endOfValue(text, found.index, from)
    spans.push([from, to])
    keys.lastIndex = to
  }
  return spans
}

const isSecretKey = (key: string): boolean =>
  SECRET_KEY.test(key) ||
  MISSPELT.some(name => Math.abs(key.length - name.length) <= SLIPS && distance(key.toLowerCase(), name) <= SLIPS)

/**
 * A key that opens its line may stand in block style, where a value takes the whole line and all deeper ones: commas and
 * brackets are parts of it. Elsewhere it is one of several on the line, and ends with the next sign; unless it is still open
 * at the end of the line.
 */
function endOfValue(text: string, keyAt: number, from: number): number {
  const near = text.slice(Math.max(0, keyAt - LONGEST_LEAD), keyAt)
  const lead = near.slice(near.lastIndexOf('\n') + 1)
  const opensLine = (lead.length < near.length || near.length === keyAt) && /^[\s\-?"']*$/.test(lead)
  const inline = opensLine ? WHOLE_LINE : INLINE
  inline.lastIndex = from
  const end = from + (inline.exec(text)?.[0].length ?? 0)
  if (end < text.length && text[end] !== '\n') return end
  return deeperThan(text, opensLine ? lead.length : indentAt(lead, 0), end)
}

/** More than anybody indents; looking back any further would make a long line costly. */
const LONGEST_LEAD = 200

const WHOLE_LINE = /[^\n]*/y
/** In quotes, in brackets, or plain up to its end. */
const INLINE = /"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[[{][^\n\]}]*[\]}]?|[^\s"'{[,}\]][^,}\]\n]*/y

const indentAt = (text: string, lineAt: number): number => {
  let column = 0
  while (column < LONGEST_LEAD && text[lineAt + column] === ' ') column++
  return column
}

/** The end of the last of the lines behind `end` that are empty or stand further to the right. */
function deeperThan(text: string, column: number, end: number): number {
  let last = end
  for (let at = end; text[at] === '\n'; ) {
    const next = text.indexOf('\n', at + 1)
    const lineEnd = next < 0 ? text.length : next
    const indent = indentAt(text, at + 1)
    const isEmpty = at + 1 + indent >= lineEnd || text[at + 1 + indent] === '\r'
    if (!isEmpty && indent <= column) break
    at = lineEnd
    if (!isEmpty) last = at
  }
  return last
}
