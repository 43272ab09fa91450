import { runInNewContext } from 'node:vm'

/** Some thousand short texts take a millisecond; what takes longer than this never ends. */
const PATIENCE_MS = 2000

/** A regular expression of the user's that can't be used; `message` says why. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PatternError'
  }
}

/**
 * Which of the texts hold the pattern, as it is written or as a regular expression, in either case of letters; `^` and `$` stand for the ends of
 * a line. Throws a `PatternError`.
 * V8 backtracks, so that a pattern can take for ever: only a script with a time limit can be called off.
 */
export function matching(pattern: string, texts: readonly string[]): readonly boolean[] {
  const found = matches(pattern, texts)
  const literal = pattern.toLowerCase()
  return texts.map((text, i) => found[i] === true || text.toLowerCase().includes(literal))
}

function matches(pattern: string, texts: readonly string[]): readonly boolean[] {
  try {
    return runInNewContext(
      'const expression = new RegExp(pattern, "im"); texts.map(text => expression.test(text))',
      { pattern, texts: [...texts] },
      { timeout: PATIENCE_MS },
    )
  } catch (error) {
    // Of another realm, so that it is no instance of our classes.
    const { code, message = '' } = Object(error) as { code?: string; message?: string }
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new PatternError(
        `it took more than ${PATIENCE_MS / 1000} s, as a repetition inside a repetition does, such as (a+)+`,
      )
    // `Invalid regular expression: /(K/i: Unterminated group`
    const why = message.slice(message.lastIndexOf(': ') + 2)
    throw new PatternError(`it is no regular expression: ${why}; write \\ before a sign that stands for itself`)
  }
}
