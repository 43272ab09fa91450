import which from 'which'
import type { Availability } from '../src/model/plugin.ts'
import { findMosquitto } from '../src/peers/brokers/mosquitto/binary.ts'
import { availabilityOf } from '../src/peers/recipes/built.ts'
import type { Recipe } from '../src/peers/recipes/recipe.ts'

/** Why tests that need a mosquitto can't be run here; `undefined` where they can. With HALFOPEN_REQUIRE=all that is an error. */
export const noMosquitto: string | undefined =
  (await findMosquitto()) === undefined ? 'mosquitto is not there: apt-get install mosquitto' : undefined

export const noMosquittoSub: string | undefined =
  (await which('mosquitto_sub', { nothrow: true })) === null
    ? 'mosquitto_sub is not there: apt-get install mosquitto-clients'
    : undefined

const lack = noMosquitto ?? noMosquittoSub
if (lack !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(lack)

/** A test that is skipped says why in its name. */
export const titled = (name: string, missing: string | undefined): string =>
  missing === undefined ? name : `${name} (${missing})`

/** Why a client or broker that is made from a recipe can't be tested here; `undefined` where it is made. */
export function noPeer({ recipe }: { readonly recipe?: Recipe }): string | undefined {
  const made = recipe ? availabilityOf(recipe) : true
  if (made === true) return undefined
  const why = `${made.reason}: ${made.remedy}`
  if (process.env.HALFOPEN_REQUIRE === 'all') throw new Error(why)
  return why
}

/** Why tests that need this program can't be run here; `undefined` where they can. With HALFOPEN_REQUIRE=all that is an error. */
export function noProgram(name: string): string | undefined {
  if (which.sync(name, { nothrow: true }) !== null) return undefined
  return lackOf({ reason: `${name} is not there`, remedy: `apt-get install ${name}` })
}

/** Why a peer can't be used here; `undefined` where it can. With HALFOPEN_REQUIRE=all that is an error. */
export function lackOf(availability: Availability): string | undefined {
  if (availability === true) return undefined
  const lack = `${availability.reason}: ${availability.remedy}`
  if (process.env.HALFOPEN_REQUIRE === 'all') throw new Error(lack)
  return lack
}
