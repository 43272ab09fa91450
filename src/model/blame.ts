/** What a plug-in threw, in words that say whose it is. Throws it. */
export function blame(
  noun: string,
  { name, from }: { readonly name: string; readonly from?: string },
  error: unknown,
): never {
  const message = error instanceof Error ? error.message : String(error)
  const whose = `the ${noun} ${name} of ${from}`
  if (from === undefined || message.startsWith(whose)) throw error
  throw new Error(`${whose}: ${message}`, { cause: error })
}
