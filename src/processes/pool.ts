/** Something on loan from a pool. Disposing the loan gives it back; the pool decides what becomes of it. */
interface Loan<T> extends AsyncDisposable {
  readonly value: T
}

export interface Pool<T extends AsyncDisposable> extends AsyncDisposable {
  /** The one of this key, made at the first call and kept for the next; calls at the same time get the same one. */
  share(key: string, make: () => Promise<T>): Promise<Loan<T>>
  /** One that nobody else gets; gone when the loan ends. */
  own(make: () => Promise<T>): Promise<Loan<T>>
  /** The next to ask for this key gets a new one: the present one is no longer fit. It stays until the pool ends. */
  retire(key: string): void
}

/** What could not be made is not kept, so the next call tries again. Disposing the pool ends all that it ever made. */
export function pool<T extends AsyncDisposable>(): Pool<T> {
  const shared = new Map<string, Promise<T>>()
  const living = new Set<Promise<T>>()

  const begin = (make: () => Promise<T>): Promise<T> => {
    const making = make()
    living.add(making)
    making.catch(() => living.delete(making))
    return making
  }
  const end = async (making: Promise<T>): Promise<void> => {
    if (living.delete(making)) await (await making)[Symbol.asyncDispose]()
  }

  return {
    async share(key, make) {
      const making = shared.get(key) ?? begin(make)
      shared.set(key, making)
      try {
        return { value: await making, async [Symbol.asyncDispose]() {} }
      } catch (error) {
        if (shared.get(key) === making) shared.delete(key)
        throw error
      }
    },
    async own(make) {
      const making = begin(make)
      return { value: await making, [Symbol.asyncDispose]: () => end(making) }
    },
    retire: key => void shared.delete(key),
    async [Symbol.asyncDispose]() {
      shared.clear()
      const ends = await Promise.allSettled([...living].map(end))
      const errors = ends.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
      if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('; '))
    },
  }
}

/** Lets so many at a time do something, in the order in which they came; the others wait for their turn. */
export function inTurn(atOnce = 1): <T>(act: () => Promise<T>) => Promise<T> {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async act => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

/** What must be undone, in reverse order of doing. */
export interface Cleanup extends AsyncDisposable {
  add(undo: () => unknown): void
  /** Disposes it then. Returns it. */
  keep<P extends AsyncDisposable>(part: P): P
}

/**
 * Undoes everything even where some of it fails; then it throws the one error, or all of them as an AggregateError.
 * Disposing it twice does nothing more.
 */
export function cleanup(): Cleanup {
  const undos: (() => unknown)[] = []
  return {
    add: undo => void undos.push(undo),
    keep(part) {
      undos.push(() => part[Symbol.asyncDispose]())
      return part
    },
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

/** Puts something together of parts. Where a later part fails, those that were begun are ended in reverse, and the failure goes on. */
export async function assembled<T>(assemble: (undo: Cleanup) => Promise<T>): Promise<T> {
  const undo = cleanup()
  try {
    return await assemble(undo)
  } catch (error) {
    await undo[Symbol.asyncDispose]()
    throw error
  }
}
