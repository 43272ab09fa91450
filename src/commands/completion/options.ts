export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What the shells ask; nobody types it. */
export const ASK = '__complete'
