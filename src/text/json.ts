import { messageOf } from './message-of.ts'

/** JSON from outside, and JSON for programs outside. */

/** Its value; or the offset at which it is no JSON, and why, in words without any piece of the text. */
export type Json = { readonly value: unknown } | { readonly offset: number; readonly message: string }

export function parseJson(text: string): Json {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    const said = messageOf(error)
    const position = / at position (\d+)/.exec(said)?.[1]
    const offset =
      position !== undefined ? Number(position) : said.includes('end of JSON') ? text.length : wrongAt(text)
    // V8 quotes a piece of the text behind a comma, and gives the place for most errors only.
    const words = said.split(/, (?:\.\.\.)?"| (?:in JSON )?at position /, 1)[0] ?? ''
    // And the character itself, which may be one of a secret.
    const token = words.indexOf('token ')
    return { offset, message: token < 0 ? words : `${words.slice(0, token)}character` }
  }
}

/** Of a longer text each try would be felt. */
const LONGEST_SEARCHED = 1 << 17

/** V8 gives no place of an unexpected character: it is where the longest beginning ends that only breaks off. */
function wrongAt(text: string): number {
  if (text.length > LONGEST_SEARCHED) return 0
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (breaksOff(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function breaksOff(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const said = (error as Error).message
    return /end of JSON|Unterminated/.test(said) || Number(/ at position (\d+)/.exec(said)?.[1]) >= text.length
  }
}

/**
 * JSON that is read as the same value, and that steers no terminal and no CI when it is printed: what would is written as
 * `\uXXXX` (see harmless.ts).
 */
export const harmlessJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(NOT_IN_JSON, escapeOf)

// JSON.stringify escapes C0 and lone surrogates by itself, and before the `::` of a command there is a quotation mark.
const NOT_IN_JSON =
  /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|#(?=#(?:\[|[a-z]+\[))/gi

const escapeOf = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
