import { nearest } from '../text/nearest.ts'

/** What a peer is by the scenario's word, where its kind does not tell (`is: mosquitto 2.0.22`). */
export interface Identity {
  readonly family: string
  /** `unknown` where nobody says. */
  readonly version: string
}

const SHAPE = /^([A-Za-z][\w-]*?)(?:[ @]v?(\d[\w.+-]*))?$/

/** Reads `mosquitto 2.0.22`; `undefined` where it has another shape. */
export function identityOf(text: string): Identity | undefined {
  const [, family, version = 'unknown'] = SHAPE.exec(text.trim()) ?? []
  return family === undefined ? undefined : { family: family.toLowerCase(), version }
}

/** Why no profile will be found by it. `known`: the families that a profile speaks of; `example`: one as it is written. */
export function identityProblem(
  text: string,
  of: 'broker' | 'client',
  known: readonly string[],
  example: string,
): string | undefined {
  const found = identityOf(text)
  if (!found) return `write a name and a version, such as ${example}`
  if (known.includes(found.family)) return undefined
  const near = nearest(found.family, known)
  const hint =
    near === undefined ? `known are ${known.join(', ')}; leave it out for any other` : `did you mean ${near}?`
  return `there is no profile of a ${of} called ${found.family}; ${hint}`
}
