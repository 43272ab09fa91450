import { readFileSync } from 'node:fs'
import { familyOf } from '../../src/clock/scheduler.ts'

/** The most that a process and all that it started had in memory, each for itself, in MB, while it ran. Linux tells. */
export function peakOf(pid: number | undefined): () => number {
  let peak = 0
  const rss = (each: number) => {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/status`, 'latin1'))?.[1] ?? 0) / 1024
    } catch {
      return 0
    }
  }
  const timer = setInterval(() => {
    for (const each of familyOf(pid ?? 0)) peak = Math.max(peak, rss(each))
  }, 100)
  return () => {
    clearInterval(timer)
    return peak
  }
}
