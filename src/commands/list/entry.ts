import type { Availability } from '../../model/plugin.ts'

/** What `halfopen list` tells of one name. */
export interface Entry {
  readonly name: string
  readonly summary: string
  /** JSON Schema of what a scenario may give it. */
  readonly options?: object
  /** Further facts, in words: protocols, capabilities. */
  readonly facts?: Readonly<Record<string, string | number | readonly string[]>>
  /** Whether it is usable on this machine; absent where that is no question. */
  readonly available?: Availability
}
