import { z } from 'zod'

export const reconnect = z
  .boolean()
  .exactOptional()
  .describe('whether it comes back after a lost connection; absent: as its library does by default')

export const driverOptions = z.strictObject({ reconnect })
