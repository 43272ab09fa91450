import { readFileSync } from 'node:fs'

/** What a process may have; `Infinity` where that is not limited, or the system does not tell. */
export interface SoftLimits {
  readonly openFiles: number
  /** In bytes. */
  readonly addressBytes: number
}

/** Node raises its soft limit of files to the hard one when it starts; programs that it starts have the same. */
export const softLimits = (): SoftLimits => (process.platform === 'linux' ? fromProc() : fromReport())

/** proc_pid_limits(5): name, soft, hard, unit. */
function fromProc(): SoftLimits {
  const text = readText('/proc/self/limits')
  const soft = (name: string) => numberOf(new RegExp(`^${name} +(\\S+)`, 'm').exec(text)?.[1])
  return { openFiles: soft('Max open files'), addressBytes: soft('Max address space') }
}

/** Node's diagnostic report has them too, on other systems than Windows. */
function fromReport(): SoftLimits {
  // It would look up the names of peers.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits = {} } = process.report.getReport() as { userLimits?: Record<string, { soft: unknown }> }
  const soft = (name: string) => numberOf(userLimits[name]?.soft)
  return { openFiles: soft('open_files'), addressBytes: soft('virtual_memory_bytes') }
}

const numberOf = (value: unknown): number => (/^\d+$/.test(String(value)) ? Number(value) : Infinity)

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
