/** A place in a text; both count from 1. */
export interface LinePlace {
  readonly line: number
  readonly column: number
}

/** From offsets to lines. (The yaml package's LineCounter loses count in broken documents.) */
export function lineIndex(text: string): (offset: number) => LinePlace {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return offset => {
    const inside = Math.min(Math.max(offset, 0), text.length)
    const line = lastAtOrBefore(starts, inside)
    return { line: line + 1, column: inside - (starts[line] ?? 0) + 1 }
  }
}

/** Binary search in ascending numbers, of which the first is 0. */
function lastAtOrBefore(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle
    else high = middle
  }
  return low
}
