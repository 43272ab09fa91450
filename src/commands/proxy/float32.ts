/** The nearest 32-bit float, in its shortest spelling: Toxiproxy keeps toxicity as one. */
export function float32(value: number): number {
  const nearest = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(nearest.toPrecision(digits))
    if (Math.fround(short) === nearest) return short
  }
  return nearest
}

/** 1e308 is none, and as infinity JSON would have no word for it. */
export const isFloat32 = (value: number): boolean => Number.isFinite(Math.fround(value))
