import type { z } from 'zod'
import { availabilityOf, builtCommand, requireBuilt, versionOf } from '../../recipes/built.ts'
import { inTime, type Recipe } from '../../recipes/recipe.ts'
import type { BrokerKind } from '../broker.ts'
import type { BrokerProgram, ProgramPlace } from './broker-program.ts'
import { startProgram } from './start-broker.ts'

/** A broker that `halfopen peers` makes. One file each in `brokers/`. */
export interface ProgramSpec<Options> {
  /** As scenario files and the profiles spell it (timing/profiles/brokers.ts). */
  readonly name: string
  readonly summary: string
  readonly options: z.ZodType<Options>
  /** What it speaks (src/dialects/); absent: MQTT. */
  readonly dialect?: string
  /** 4 is MQTT 3.1.1, 5 is 5.0. */
  readonly protocols: readonly (4 | 5)[]
  /** See `BrokerKind`. */
  readonly shares?: true
  readonly recipe: Recipe
  /** What stands behind the recipe's `run`. */
  readonly args: (place: ProgramPlace, options: Options) => readonly string[]
  /** For each process anew: the evidence in a line of its log. */
  readonly reader: () => BrokerProgram['read']
}

/** The broker kind of such a program. It is skipped by name until it is made. */
export const programBroker = <Options>(spec: ProgramSpec<Options>): BrokerKind<Options> => ({
  name: spec.name,
  summary: spec.summary,
  options: spec.options,
  protocols: spec.protocols,
  ...(spec.shares && { shares: spec.shares }),
  ...(spec.dialect !== undefined && { dialect: spec.dialect }),
  recipe: spec.recipe,
  can: new Set(['broker:freeze', 'broker:thaw', 'broker:kill', 'broker:restart']),
  movable: true,
  executable: async (_options, faster) => builtCommand(inTime(spec.recipe, faster))?.[0],
  available: async () => availabilityOf(spec.recipe),
  version: async () => versionOf(spec.recipe),
  start: async (options, within) => startProgram(programOf(spec, options, within?.faster), within),
})

function programOf<Options>(
  { name, dialect, recipe, args, reader }: ProgramSpec<Options>,
  options: Options,
  faster: true | undefined,
): BrokerProgram {
  const [file, ...own] = requireBuilt(inTime(recipe, faster))
  return {
    name,
    version: versionOf(recipe),
    ...(dialect !== undefined && { dialect }),
    read: reader(),
    // Its folder is also where it leaves what it never should have to: a dump of its memory.
    prepare: place => ({ command: [file, ...own, ...args(place, options)], cwd: place.folder }),
  }
}
