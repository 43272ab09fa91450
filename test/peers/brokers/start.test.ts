import { expect, it } from 'vitest'
import { mosquitto } from '../../../src/peers/brokers/mosquitto.ts'

// In a file of its own, since it changes the environment.
it.skipIf((await mosquitto.available({})) !== true)(
  'says so where it can make no directory for mosquitto',
  async () => {
    process.env.TMPDIR = '/no/such/place'
    await expect(mosquitto.start({})).rejects.toThrow("can't make a directory for mosquitto in /no/such/place: ENOENT")
  },
)
