import * as childProcess from 'node:child_process'
import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { startTimeOf } from './reaper-main.ts'

/** Who made a thing that outlives its maker: a container, a folder. A process id alone may be reused. */
export interface Owner {
  readonly host: string
  readonly pid: number
  /** Empty where the system does not tell. */
  readonly began: string
}

const beganOf = (pid: number): string => startTimeOf(pid, fs, childProcess)

export const me: Owner = { host: hostname(), pid: process.pid, began: beganOf(process.pid) }

/** `undefined` where the text names none. */
export function ownerIn(text: string | undefined): Owner | undefined {
  try {
    const { host, pid, began } = JSON.parse(text ?? '') as Partial<Owner>
    const isOne = typeof host === 'string' && typeof began === 'string' && Number.isInteger(pid)
    return isOne ? { host, pid: Number(pid), began } : undefined
  } catch {
    return undefined
  }
}

/** `elsewhere`: on another machine, or in another container; nobody can tell that from here. */
export function stateOf({ host, pid, began }: Owner): 'alive' | 'gone' | 'elsewhere' {
  if (host !== me.host) return 'elsewhere'
  const lives = began === '' ? canBeSignalled(pid) : beganOf(pid) === began
  return lives ? 'alive' : 'gone'
}

function canBeSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
