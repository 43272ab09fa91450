/** Light to dark, so that the order is still there on a printer without colours. ColorBrewer's YlOrRd, six of its classes. */
export const STEPS = ['#fed976', '#feb24c', '#fd8d3c', '#fc4e2a', '#d31121', '#7a0022'] as const
export const NONE_FILL = '#ffffff'
export const NOT_PLAYED_FILL = '#d9d9d9'

/** Steps of equal width between the least and the greatest value. */
export interface ColorScale {
  readonly fill: (value: number | null) => string
  /** Where text has to be white to be read. */
  readonly isDark: (value: number | null) => boolean
  /** `from` and `to` of each step. */
  readonly steps: readonly { readonly fill: string; readonly from: number; readonly to: number }[]
}

export function colorScale(values: readonly (number | null)[]): ColorScale {
  const some = values.filter(value => value !== null)
  const least = some.reduce((least, value) => Math.min(least, value), Infinity)
  const most = some.reduce((most, value) => Math.max(most, value), -Infinity)
  const width = (most - least) / STEPS.length || 1
  const stepOf = (value: number) => Math.max(0, Math.min(STEPS.length - 1, Math.floor((value - least) / width)))
  const count = some.length === 0 ? 0 : most > least ? STEPS.length : 1
  return {
    fill: value => (value === null ? NONE_FILL : (STEPS[stepOf(value)] ?? NONE_FILL)),
    isDark: value => value !== null && stepOf(value) >= 3,
    steps: STEPS.slice(0, count).map((fill, i) => ({ fill, from: least + i * width, to: least + (i + 1) * width })),
  }
}
