import { readdirSync, readFileSync } from 'node:fs'

/** The state of each thread of a process, `T` where it is stopped (proc_pid_stat(5)); none where there is no /proc to ask. */
export function threadStates(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(thread => threadState(`/proc/${pid}/task/${thread}/stat`))
  } catch {
    return []
  }
}

/** The letter behind the name. None where the thread has ended meanwhile. */
function threadState(file: string): readonly string[] {
  try {
    const stat = readFileSync(file, 'latin1')
    const at = stat.lastIndexOf(')') + 2
    return [stat.slice(at, at + 1)]
  } catch {
    return []
  }
}

/** Whether the process is in that group; not where there is no /proc to ask. */
export function isInGroup(pid: number, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc_pid_stat(5): behind the name the state, the parent, the group.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group
  } catch {
    return false
  }
}
