const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `act` once when the signal aborts, and at once where it has; call the result once nothing waits any more. However many wait for
 * one signal, it has one listener: hundreds of runs share one, and Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return () => {}
  if (signal.aborted) {
    act()
    return () => {}
  }
  const acts = waiting.get(signal) ?? listenTo(signal)
  // The same function twice is two that wait.
  const own = () => act()
  acts.add(own)
  return () => void acts.delete(own)
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>()
  waiting.set(signal, acts)
  const tell = () => {
    for (const act of [...acts]) act()
    acts.clear()
  }
  signal.addEventListener('abort', tell, { once: true })
  return acts
}
