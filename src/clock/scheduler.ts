/**
 * How long a thread was ready to run and was not run: Linux tells it in /proc/PID/task/TID/schedstat, whose second number counts
 * nanoseconds (linux/kernel/sched/stats.h, sched_info_arrive). It can be read for every process of the same user, without root.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

const NS_PER_MS = 1e6

/** Reads one schedstat again and again, by one system call. `undefined` where the kernel does not tell. */
export interface WaitReader {
  /** Milliseconds that the thread waited for a processor since it began; `undefined` once it is gone. */
  readMs(): number | undefined
  close(): void
}

export function waitReader(file: string): WaitReader | undefined {
  const buffer = Buffer.alloc(128)
  let descriptor: number | undefined
  const readMs = () => {
    if (descriptor === undefined) return undefined
    try {
      const length = readSync(descriptor, buffer, 0, buffer.length, 0)
      return waitMsIn(buffer.toString('latin1', 0, length))
    } catch {
      return undefined
    }
  }
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  if (readMs() !== undefined) return { readMs, close }
  close()
  return undefined
}

/** `12345 678 90`: ns on the processor, ns ready and not run, slices. */
export function waitMsIn(schedstat: string): number | undefined {
  const [, waited] = schedstat.trim().split(/\s+/)
  const ns = Number(waited)
  return waited === undefined || !Number.isFinite(ns) ? undefined : ns / NS_PER_MS
}

/** Of the thread that calls it, whichever that is. */
export function ownWait(): WaitReader | undefined {
  try {
    // Resolved now: an open file of `thread-self` belongs to the thread that opened it.
    const [pid, , tid] = readlinkSync('/proc/thread-self').split('/')
    return waitReader(`/proc/${pid}/task/${tid}/schedstat`)
  } catch {
    return undefined
  }
}

/** Whether this kernel counts at all (CONFIG_SCHED_INFO). */
export function tellsWaits(): boolean {
  const reader = ownWait()
  reader?.close()
  return reader !== undefined
}

/** The share of the last 10 s in which something waited for a processor, in percent; `undefined` where the kernel does not tell. */
export function cpuPressure(): number | undefined {
  try {
    const [, share] = /^some avg10=([\d.]+)/.exec(readFileSync('/proc/pressure/cpu', 'utf8')) ?? []
    return share === undefined ? undefined : Number(share)
  } catch {
    return undefined
  }
}

/** One look at a process: what each of its threads waited so far, in milliseconds by thread id, and whether it is stopped. */
export interface ProcessLook {
  readonly waitedMs: ReadonlyMap<string, number>
  readonly stopped: boolean
}

/** `undefined` where there is no such process, or the kernel does not tell. */
export function lookAtProcess(pid: number): ProcessLook | undefined {
  try {
    const folder = `/proc/${pid}/task`
    const waitedMs = new Map<string, number>()
    for (const tid of readdirSync(folder)) {
      const ms = waitMsIn(readOr(`${folder}/${tid}/schedstat`))
      if (ms !== undefined) waitedMs.set(tid, ms)
    }
    // The state stands behind the name, which may hold blanks and brackets: proc(5).
    const stat = readOr(`/proc/${pid}/stat`)
    const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
    return { waitedMs, stopped: state === 'T' || state === 't' }
  } catch {
    return undefined
  }
}

/** A thread may end between two looks. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The processes that this one started, and theirs; itself first. Linux only (CONFIG_PROC_CHILDREN); elsewhere only itself. */
export function familyOf(pid: number): readonly number[] {
  const family = [pid]
  for (const member of family) {
    try {
      for (const tid of readdirSync(`/proc/${member}/task`))
        for (const child of readOr(`/proc/${member}/task/${tid}/children`).trim().split(/\s+/))
          if (child !== '' && !family.includes(Number(child))) family.push(Number(child))
    } catch {
      // It has ended.
    }
  }
  return family
}

/** As `nice -n -10`: before ordinary work, behind what a system itself puts first. */
const FIRST = -10

/**
 * Puts this process before ordinary ones, where it may (root, CAP_SYS_NICE): its threads, and, where processors are shared out by sessions
 * (sched(7), "The autogroup feature"), its session, which alone counts between sessions. Where it may not, nothing changes.
 */
export function putFirst(): void {
  try {
    setPriority(FIRST)
    writeFileSync('/proc/self/autogroup', String(FIRST))
  } catch {
    // Not allowed, or no such kernel: dates are some milliseconds later beside other load, and their intervals say so.
  }
}

/**
 * As `nice`, of the thread that calls it and of the programs that it starts. To go before ordinary work takes the same right; to go behind
 * takes none. On Linux a thread has a priority of its own: setpriority(2), "C library/kernel differences".
 */
export function putThread(nice: number): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(nice)
  } catch {
    // Not allowed.
  }
}
