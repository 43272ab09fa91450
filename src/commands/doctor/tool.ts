import { platform } from 'node:os'
import which from 'which'
import { ask } from '../../peers/recipes/ask.ts'

/** A program or a right that some lab, link or broker needs, and what it is good for. */
export interface Tool {
  readonly name: string
  readonly for: string
  /** Its version or place, or why it is not usable. Never rejects. */
  examine(): Promise<Finding>
  /** The command that adds it on this machine. */
  readonly remedy: string
}

export type Finding =
  | { readonly usable: true; readonly detail: string }
  /** `remedy`: what would help on this very machine, where that can be told. */
  | { readonly usable: false; readonly reason: string; readonly remedy?: string }

const PATIENCE_MS = 5000

/** Runs it and reads its version out of what it says. Some say it on stderr, some with an exit code of 1 or 3. */
export async function versionOf(command: string, args: readonly string[], pattern: RegExp): Promise<Finding> {
  const path = await which(command, { nothrow: true })
  if (path === null) return { usable: false, reason: 'not on the PATH' }
  const { code, why, stdout, stderr } = await ask([path, ...args], { limitMs: PATIENCE_MS })
  if (code === undefined) return { usable: false, reason: `${path}: ${why}` }
  const all = `${stdout}\n${stderr}`
  const version = pattern.exec(all)?.[1]
  return version === undefined
    ? { usable: false, reason: `${path}: ${firstLine(stderr || all)}` }
    : { usable: true, detail: `${version} (${path})` }
}

export const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''

/** By operating system; Debian's package manager stands for Linux. */
export const install = (linux: string, mac: string, other: string): string =>
  ({ linux, darwin: mac })[platform() as string] ?? other
