import { readFileSync } from 'node:fs'
import type { Cancel, Clock } from '../../clock/clock.ts'

/** What a program costs: percent of one processor since the look before, and the memory that is resident, in MB. */
export interface BrokerLoad {
  readonly cpu: readonly number[]
  readonly mb: readonly number[]
}

/** Linux counts both in ticks of 10 ms and pages of 4 KiB on every machine that Node runs on: proc(5), /proc/[pid]/stat. */
const TICK_MS = 10
const PAGE_MB = 4096 / 2 ** 20

/** Looks at the processes at the end of each step, until the result is called, which gives what was seen. */
export function watchLoad(
  pids: () => readonly number[],
  clock: Clock,
  { fromMs, stepMs }: { readonly fromMs: number; readonly stepMs: number },
): () => BrokerLoad {
  const cpu: number[] = []
  const mb: number[] = []
  let usedMs = totalOf(pids())?.usedMs
  let cancel: Cancel = () => {}
  const look = () => {
    const total = totalOf(pids())
    const step = Math.round((clock.nowMs() - fromMs) / stepMs) - 1
    const share = total && usedMs !== undefined ? Math.max(0, total.usedMs - usedMs) / stepMs : 0
    // A look that came late stands for the steps that it missed.
    const missed = Math.max(1, step + 1 - cpu.length)
    for (let i = 0; i < missed; i++) {
      cpu.push(Math.round((share * 100) / missed))
      mb.push(total ? Math.round(total.mb) : 0)
    }
    usedMs = total?.usedMs
    wait()
  }
  const wait = () => {
    cancel = clock.at(fromMs + (cpu.length + 1) * stepMs, look)
  }
  wait()
  return () => {
    cancel()
    return { cpu, mb }
  }
}

/** `undefined` where none of them is there, or the kernel does not tell. */
function totalOf(pids: readonly number[]): { readonly usedMs: number; readonly mb: number } | undefined {
  const all = pids.map(loadOf).filter(load => load !== undefined)
  if (all.length === 0) return undefined
  return {
    usedMs: all.reduce((sum, { usedMs }) => sum + usedMs, 0),
    mb: all.reduce((sum, { mb }) => sum + mb, 0),
  }
}

function loadOf(pid: number): { readonly usedMs: number; readonly mb: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [utime, stime, pages] = [fields[11], fields[12], fields[21]].map(Number)
    return { usedMs: ((utime ?? 0) + (stime ?? 0)) * TICK_MS, mb: (pages ?? 0) * PAGE_MB }
  } catch {
    return undefined
  }
}
