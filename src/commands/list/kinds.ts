export const KINDS = [
  'scenarios',
  'faults',
  'checks',
  'brokers',
  'clients',
  'links',
  'labs',
  'reporters',
  'presets',
] as const

export type Kind = (typeof KINDS)[number]

export type ListOptions = { readonly [kind in Kind]?: true } & { readonly json?: true; readonly schema?: true }
