/** Whether `version` lies in `range`: `*`, or terms that must all hold, such as `>=2.0.0 <2.0.21`. Suffixes are ignored. */
export function inRange(version: string, range: string): boolean {
  if (range === '*') return true
  const have = numbersOf(version)
  return have !== undefined && range.split(' ').every(term => holds(have, term))
}

/** Whether both are of one series: 1.2.0 and 1.2.7, but not 1.3.0. Versions without a number are of none. */
export function sameSeries(a: string, b: string): boolean {
  const [first, second] = [numbersOf(a), numbersOf(b)]
  return first !== undefined && second !== undefined && compare(first.slice(0, 2), second.slice(0, 2)) === 0
}

/** `2.0.11-1.2+deb12u2` is [2, 0, 11]; `unknown` is `undefined`. */
function numbersOf(version: string): readonly number[] | undefined {
  return /\d+(?:\.\d+)*/.exec(version)?.[0].split('.').map(Number)
}

function holds(have: readonly number[], term: string): boolean {
  const order = compare(have, numbersOf(term) ?? [])
  if (term.startsWith('>=')) return order >= 0
  if (term.startsWith('<=')) return order <= 0
  if (term.startsWith('>')) return order > 0
  if (term.startsWith('<')) return order < 0
  return order === 0
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
