/** What was thrown, in its own words; it need not be an Error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error in a few words: `no space left on device (ENOSPC)`, without the path that the message around it names. */
export function plainly(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [, code, words] = /\b(E[A-Z]{3,}): ([^,]+)/.exec(error.message) ?? []
  return code === undefined ? error.message : `${words} (${code})`
}
