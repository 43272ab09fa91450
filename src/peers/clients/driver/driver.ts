import type { z } from 'zod'
import type { Scheme } from '../../reach/access.ts'
import type { Recipe } from '../../recipes/recipe.ts'

/** What every driver takes; `reconnect` absent: as the library does by default where its user asked for nothing. */
export interface DriverOptions {
  readonly reconnect?: boolean | undefined
  readonly version?: string | undefined
}

/** A real library in a small program of its own that speaks the driver protocol (docs/drivers.md). One file each in `clients/`. */
export interface DriverSpec<Options extends DriverOptions = DriverOptions> {
  /** As scenario files spell it; the same as the model's of the same library. */
  readonly name: string
  readonly summary: string
  readonly recipe: Recipe
  /** The name by which profiles know it (timing/profiles/clients.ts); absent: its own. */
  readonly family?: string
  /** Absent: `reconnect` alone. */
  readonly options?: z.ZodType<Options>
  /** More arguments for the program. */
  readonly args?: (options: Options) => readonly string[]
  readonly protocols?: readonly (4 | 5)[]
  readonly leastKeepaliveS?: number
  /** How it can reach a broker; absent: in every way. */
  readonly schemes?: readonly Scheme[]
  /** What its program can be told of its will beside QoS and payload; absent: neither. */
  readonly will?: { readonly delay: boolean; readonly retain: boolean }
  /** What it can be asked to do; absent: both. */
  readonly traffic?: { readonly publishing: boolean; readonly receiving: boolean }
}
