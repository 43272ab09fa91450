/** What must be undone, in reverse order of doing. */
export interface Cleanup extends AsyncDisposable {
  add(undo: () => unknown): void
}

/**
 * Undoes everything even where some of it fails; then it throws the one error, or all of them as an AggregateError.
 * Disposing it twice does nothing more.
 */
export function cleanup(): Cleanup {
  const undos: (() => unknown)[] = []
  return {
    add: undo => void undos.push(undo),
    async [Symbol.asyncDispose]() {
      const errors: unknown[] = []
      for (let undo = undos.pop(); undo; undo = undos.pop()) {
        try {
          await undo()
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length === 1) throw errors[0]
      if (errors.length > 1) throw new AggregateError(errors, errors.map(error => String(error)).join('; '))
    },
  }
}
