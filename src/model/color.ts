/** When output is coloured; `auto`: in a terminal. */
export const COLOR_WHEN = ['auto', 'always', 'never'] as const
export type ColorWhen = (typeof COLOR_WHEN)[number]
