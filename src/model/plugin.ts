import type { ZodType } from 'zod'
import { messageOf } from '../text/message-of.ts'

/** What every plug-in tells of itself: `halfopen list` prints it and scenario files are checked against it. */
export interface Plugin<Options = unknown> {
  /** As scenario files spell it. */
  readonly name: string
  /** One line. */
  readonly summary: string
  /** Shape of what a scenario may give it. Parsed values keep durations unresolved. */
  readonly options: ZodType<Options>
  /** Where `options` has a catchall: how its further keys have to look. Absent: any will do. */
  readonly furtherKeys?: RegExp
  /** Options whose value is the path of a file: a scenario's count from its own folder. */
  readonly files?: readonly string[]
  /** Options whose value is a program, or code, that is run: `--no-commands` forbids them. */
  readonly runs?: readonly string[]
  /**
   * Of a peer: what it speaks (src/dialects/); absent: MQTT. Of a fault or a check: the only dialect in which it means something;
   * absent: it does in each.
   */
  readonly dialect?: string
  /** The package that it comes from; absent: halfopen. Set where plug-ins are taken in, and named in messages. */
  readonly from?: string
}

/** `true`, or why not here and the command that would change that. */
export type Availability = true | { readonly reason: string; readonly remedy?: string }

export type Registry<P extends Plugin> = ReadonlyMap<string, P>

export const registry = <P extends Plugin>(plugins: readonly P[]): Registry<P> =>
  new Map(plugins.map(plugin => [plugin.name, plugin]))

/** What a plug-in threw, in words that say whose it is. Throws it. */
export function blame(
  noun: string,
  { name, from }: { readonly name: string; readonly from?: string },
  error: unknown,
): never {
  const message = messageOf(error)
  const whose = `the ${noun} ${name} of ${from}`
  if (from === undefined || message.startsWith(whose)) throw error
  throw new Error(`${whose}: ${message}`, { cause: error })
}

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
      readonly nameless?: true
      readonly speaksAll?: true
      readonly fleet?: { readonly most: number; readonly recorded: number }
    }
  >
  readonly labs: readonly string[]
}
