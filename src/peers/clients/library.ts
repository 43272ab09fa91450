/**
 * Which library a program is made of, where the program can't tell and the scenario does: `is: paho-go 1.3.5`, as an external
 * broker's. Then it is judged by that library's profile, and evidence knows it by that name.
 */
import { z } from 'zod'
import { type Identity, identityOf, identityProblem } from '../../scenario/peer-identity.ts'
import { clientFamilies, clientFamily, clientVersions } from '../../timing/profiles/clients.ts'

/** The option of a kind that runs anybody's program. */
export const is = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const problem = identityProblem(text, 'client', clientFamilies(), 'paho-go 1.5.1') ?? versionProblem(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
  .exactOptional()
  .describe('the library that it is made of, such as paho-go 1.5.1: then its profile gives the window')

/** Nothing can find the version out, so it has to be said where the rule hangs on it. */
function versionProblem(text: string): string | undefined {
  const { family, version } = identityOf(text) ?? { family: text, version: 'unknown' }
  const ranges = clientVersions(family)
  if (version !== 'unknown' || ranges.includes('*')) return undefined
  return `the version is missing, and what ${family} does hangs on it; known are ${ranges.join(', ')}`
}

/** By the name that profiles have first for it; `undefined` where the scenario does not say. */
export function libraryOf({ is: text }: { readonly is?: string | undefined }): Identity | undefined {
  const said = text === undefined ? undefined : identityOf(text)
  return said && { ...said, family: clientFamily(said.family) ?? said.family }
}
