/** What this process is allowed, and what it takes. Loaded before anything else, by a process that may hardly open a file. */
import { readdirSync } from 'node:fs'
import { softLimits } from '../processes/soft-limits.ts'

export interface MachineLimits {
  /** Descriptors that may still be opened; `Infinity` where the system does not tell. */
  readonly descriptors: number
  /** Of address space, in bytes; `Infinity` where it is not limited. */
  readonly addressBytes: number
}

export const GB = 2 ** 30

/** Node opens modules side by side: 136 descriptors at once while `halfopen run` starts (Node 20.20), and not always the same. */
export const LEAST_DESCRIPTORS = 240

/** Node reserves 1.1 GB before it does anything (VmPeak, Node 20.20, x64). */
export const LEAST_ADDRESS_BYTES = 2 * GB

/** Node raises its soft limit to the hard one when it starts; this is what it has then. */
export function limitsHere(): MachineLimits {
  const { openFiles, addressBytes } = softLimits()
  return { descriptors: openFiles - openDescriptors(), addressBytes }
}

function openDescriptors(): number {
  try {
    return readdirSync('/dev/fd').length
  } catch {
    return 3
  }
}

/** Why halfopen can't be run at all; `undefined` where it can. */
export function tooNarrow({ descriptors, addressBytes }: MachineLimits): string | undefined {
  if (descriptors < LEAST_DESCRIPTORS) return fewDescriptors(descriptors, LEAST_DESCRIPTORS)
  return narrowAddresses(addressBytes, LEAST_ADDRESS_BYTES)
}

/** For a part of halfopen that needs more than Node itself. */
export function narrowAddresses(addressBytes: number, needed: number): string | undefined {
  if (addressBytes >= needed) return undefined
  const gb = (bytes: number) => `${Number((bytes / GB).toPrecision(2))} GB`
  return `the address space is limited to ${gb(addressBytes)}, and ${gb(needed)} are reserved here, most of it never used: ulimit -v unlimited, and limit the memory of a container or a cgroup instead`
}

export const fewDescriptors = (free: number, needed: number): string =>
  `only ${Math.max(0, free)} files may be open, and ${needed} are needed: ulimit -n ${roomFor(needed)}`

/** A round number that leaves room. */
export const roomFor = (needed: number): number => 2 ** Math.ceil(Math.log2(needed + 64))
