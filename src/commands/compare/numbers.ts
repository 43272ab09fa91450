import type { CellSpread } from './comparison.ts'

/** Three figures at most, so that columns stay narrow: `0.5`, `12`, `1234`. */
export function figure(value: number): string {
  if (value === 0 || Math.abs(value) >= 10) return String(Math.round(value))
  return String(Number(value.toFixed(1)))
}

export const secondsFigure = (ms: number): string => figure(ms / 1000)

/** `60 s (31-89)` and, in multiples of K, `1K (0.5-1.49)`; the range where the cuts differ. */
export function spreadLines({ minMs, medianMs, maxMs }: CellSpread, keepaliveMs: number): readonly [string, string] {
  const line = (format: (ms: number) => string, unit: string) => {
    const [from, to] = [format(minMs), format(maxMs)]
    return from === to ? `${format(medianMs)}${unit}` : `${format(medianMs)}${unit} (${from}-${to})`
  }
  return [line(secondsFigure, ' s'), line(ms => ratioFigure(ms, keepaliveMs), 'K')]
}

export const ratioFigure = (ms: number, keepaliveMs: number): string =>
  keepaliveMs > 0 ? String(Number((ms / keepaliveMs).toFixed(2))) : '-'
