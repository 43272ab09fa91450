export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The command that the shells call for completion; it is hidden from users. */
export const ASK = '__complete'
