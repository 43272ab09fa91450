import type { Plugin, Registry } from './plugin.ts'

/** Every name that a scenario file may use, with the schema of what may be given to it. */
export interface Vocabulary {
  readonly faults: Registry<Plugin & { readonly scaled?: readonly string[] }>
  readonly checks: Registry<Plugin>
  /** Names that are asked for and are none of a fault, each with why, and what to do instead. */
  readonly notFaults?: Readonly<Record<string, string>>
  readonly links: Registry<Plugin>
  readonly brokers: Registry<Plugin & { readonly protocols: readonly number[]; readonly ofProfile?: unknown }>
  readonly clients: Registry<
    Plugin & {
      readonly traffic: { readonly publishing: boolean; readonly receiving: boolean }
      readonly will?: { readonly delay: boolean; readonly retain: boolean }
      readonly ofProfile?: unknown
    }
  >
  readonly labs: readonly string[]
}
