import { findMosquitto } from '../src/brokers/mosquitto/binary.ts'

/** Why tests that need a mosquitto can't be run here; `undefined` where they can. With HALFOPEN_REQUIRE=all that is an error. */
export const noMosquitto: string | undefined =
  (await findMosquitto()) === undefined ? 'mosquitto is not there: apt-get install mosquitto' : undefined

if (noMosquitto !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(noMosquitto)

/** A test that is skipped says why in its name. */
export const titled = (name: string, missing: string | undefined): string =>
  missing === undefined ? name : `${name} (${missing})`
