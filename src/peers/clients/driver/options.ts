import { z } from 'zod'
import { version } from '../../../model/schema.ts'

export const reconnect = z
  .boolean()
  .exactOptional()
  .describe('whether it comes back after a lost connection; absent: as its library does by default')

/** What the drivers of one library take. */
export const common = { reconnect, version: version.exactOptional() }

export const driverOptions = z.strictObject(common)
