import type { z } from 'zod'
import { availabilityOf, requireBuilt, versionOf } from '../../recipes/built.ts'
import type { ClientKind } from '../client.ts'
import type { DriverOptions, DriverSpec } from './driver.ts'
import { driverOptions } from './options.ts'
import { startDriver } from './start.ts'

/** The client kind of a bundled driver. It is skipped by name until `halfopen peers` has made it. */
export function driver<Options extends DriverOptions = DriverOptions>(spec: DriverSpec<Options>): ClientKind<Options> {
  const { name, summary, recipe, family, protocols, leastKeepaliveS, schemes, args } = spec
  return {
    name,
    summary,
    // Without a schema of its own, a driver's options are those of all.
    options: spec.options ?? (driverOptions as unknown as z.ZodType<Options>),
    program: true,
    recipe,
    will: spec.will ?? { delay: false, retain: false },
    traffic: spec.traffic ?? { publishing: true, receiving: true },
    ...(family === undefined ? {} : { family }),
    ...(protocols === undefined ? {} : { protocols }),
    ...(schemes === undefined ? {} : { schemes }),
    ...(leastKeepaliveS === undefined ? {} : { leastKeepaliveS }),
    available: async ({ version }) => availabilityOf(recipe, version),
    version: async () => versionOf(recipe),
    start: seat => startDriver(seat, [...requireBuilt(recipe), ...(args?.(seat.options) ?? [])]),
  }
}
