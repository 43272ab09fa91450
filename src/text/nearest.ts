import { distance } from 'fastest-levenshtein'

/**
 * The candidate that was probably meant; `undefined` where none is near enough to be worth naming: a few letters off, or the same
 * words with another one beside them (`clean_session` for `clean`).
 */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const wanted = written.toLowerCase()
  let best: { readonly name: string; readonly edits: number } | undefined
  for (const name of candidates) {
    // So many letters more or less are as many edits; and what was written may be a megabyte.
    if (Math.abs(wanted.length - name.length) > patience(name)) continue
    const edits = distance(wanted, name.toLowerCase())
    const isNear = edits <= patience(name) && (name.length > SHORT_NAME || edits < 2 || sameLetters(wanted, name))
    if (isNear && (best === undefined || edits < best.edits)) best = { name, edits }
  }
  return best?.name ?? withMoreWords(written, candidates)
}

/** About two slips in five letters. */
const patience = (name: string): number => Math.max(1, Math.ceil(name.length * 0.4))

/** Almost any word of three letters is two slips away from another; only `fro` for `for` is one of the fingers. */
const SHORT_NAME = 3
const sameLetters = (a: string, b: string): boolean => [...a].sort().join('') === [...b].sort().join('')

const LONGEST = 60
/** A word of fewer letters says too little. */
const SHORTEST_WORD = 4

/** The longest candidate whose words all begin what was written; or the only one that begins so. */
function withMoreWords(written: string, candidates: readonly string[]): string | undefined {
  if (written.length > LONGEST) return undefined
  const words = wordsOf(written)
  const within = candidates.filter(name => name.length >= SHORTEST_WORD && begins(words, wordsOf(name)))
  const around = candidates.filter(name => written.length >= SHORTEST_WORD && begins(wordsOf(name), words))
  return within.toSorted((a, b) => b.length - a.length)[0] ?? (around.length === 1 ? around[0] : undefined)
}

/** `cleanSession`, `clean_session` and `clean-session` are `clean`, `session`. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[-_. ]+/)
    .filter(word => word !== '')

const begins = (words: readonly string[], head: readonly string[]): boolean =>
  head.length > 0 && head.length < words.length && head.every((word, index) => word === words[index])

/** What follows a full stop: ` Did you mean 'clean'?`, or nothing. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const near = nearest(written, candidates)
  return near === undefined ? '' : ` Did you mean '${near}'?`
}

/** What follows `nothing is called 'x'`: the one that was probably meant, or all that may be named. */
export function orAll(written: string, candidates: readonly string[], all: readonly string[] = candidates): string {
  const meant = didYouMean(written, candidates)
  return meant === '' ? `; there are ${all.join(', ')}` : `.${meant}`
}
