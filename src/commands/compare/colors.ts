/** Light to dark, so that the order is still there on a printer without colours. ColorBrewer's YlOrRd, six of its classes. */
export const STEPS = ['#fed976', '#feb24c', '#fd8d3c', '#fc4e2a', '#d31121', '#7a0022'] as const
export const NONE_FILL = '#ffffff'
export const NOT_PLAYED_FILL = '#d9d9d9'

/** Steps of equal width from nothing to the greatest value, so that twice as dark is about twice as much. */
export interface ColorScale {
  readonly fill: (value: number | null) => string
  /** Where text has to be white to be read. */
  readonly isDark: (value: number | null) => boolean
  /** `from` and `to` of each step. */
  readonly steps: readonly { readonly fill: string; readonly from: number; readonly to: number }[]
}

export function colorScale(values: readonly (number | null)[]): ColorScale {
  const most = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  const width = most / STEPS.length || 1
  const stepOf = (value: number) => Math.min(STEPS.length - 1, Math.floor(value / width))
  return {
    fill: value => (value === null ? NONE_FILL : (STEPS[stepOf(value)] ?? NONE_FILL)),
    isDark: value => value !== null && stepOf(value) >= 3,
    steps: most === 0 ? [] : STEPS.map((fill, i) => ({ fill, from: i * width, to: (i + 1) * width })),
  }
}
