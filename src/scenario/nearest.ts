import { distance } from 'fastest-levenshtein'

/** The candidate that was probably meant; `undefined` where none is near enough to be worth naming. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const wanted = written.toLowerCase()
  let best: { readonly name: string; readonly edits: number } | undefined
  for (const name of candidates) {
    // So many letters more or less are as many edits; and what was written may be a megabyte.
    if (Math.abs(wanted.length - name.length) > patience(name)) continue
    const edits = distance(wanted, name.toLowerCase())
    if (edits <= patience(name) && (best === undefined || edits < best.edits)) best = { name, edits }
  }
  return best?.name
}

/** About two slips in five letters. */
const patience = (name: string): number => Math.max(1, Math.ceil(name.length * 0.4))
