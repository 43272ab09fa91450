import { missingPackages, type OptionalPackage } from '../peers/recipes/optional-package.ts'
import { Complaint, EXIT } from './exit.ts'
import { fewDescriptors, GB, limitsHere, narrowAddresses } from './limits.ts'

/** Address space that V8 reserves for each memory of WebAssembly, whatever it holds: 10 GB (Node 20.20, x64). */
const OF_A_MEMORY = 10 * GB
/** Of Node itself, with room. */
const OF_NODE = 2 * GB

/** vitest and Node's fetch have three memories of WebAssembly: VmPeak of `halfopen run` is 33 GB. */
export const RUN_ADDRESSES = OF_NODE + 3 * OF_A_MEMORY + 8 * GB
/** The HTTP server has one: 11 GB. */
export const PROXY_ADDRESSES = OF_NODE + OF_A_MEMORY + 2 * GB
/** A thread of its own takes 0.6 GB. */
export const threadAddresses = (threads: number): number => OF_NODE + threads * GB

/** Complains where the address space is limited to less: Node would end with an error about WebAssembly, or abort. */
export function requireAddresses(needed: number, { addressBytes } = limitsHere()): void {
  const why = narrowAddresses(addressBytes, needed)
  if (why !== undefined) throw new Complaint(`error: ${why}`, EXIT.inconclusive)
}

/** Complains where fewer files may be opened: what can't be opened then would look like a fault of whoever is tested. */
export function requireDescriptors(needed: number, { descriptors } = limitsHere()): void {
  if (descriptors < needed) throw new Complaint(`error: ${fewDescriptors(descriptors, needed)}`, EXIT.inconclusive)
}

/** Complains where a package is missing that `what` needs and that installing halfopen does not bring. */
export function requirePackages(what: string, names: readonly OptionalPackage[]): void {
  const lack = missingPackages(names)
  if (lack)
    throw new Complaint(`error: ${what} needs more: ${lack.reason}; to add it:\n  ${lack.remedy}`, EXIT.inconclusive)
}

/** Charts in files. */
export function requireDrawing(options: { readonly html?: string; readonly svg?: string }): void {
  const given = (['html', 'svg'] as const).filter(name => options[name] !== undefined).map(name => `--${name}`)
  if (given.length > 0) requirePackages(given.join(' and '), ['@observablehq/plot', 'linkedom'])
}
