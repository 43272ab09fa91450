import { z } from 'zod'

/** The lab in which time costs next to nothing. */
export const SIMULATED = 'simulated'

/** What holds for every cell of a comparison. */
export const settingsSchema = z.object({
  lab: z.string(),
  seed: z.number(),
  /** Over how many moments of one K a cut of the path is spread. */
  phases: z.number(),
  /** How long a middlebox is watched, at least. */
  forMs: z.number(),
  /** Each run ends at its first detection: nothing is counted over time. */
  quick: z.boolean(),
})
export type Settings = Readonly<z.infer<typeof settingsSchema>>
