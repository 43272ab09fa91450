/**
 * The watchdog's whole program. It runs as `node -e` from the text of these two functions, so that it is the same from
 * TypeScript sources (which Node 20 can't run), from `dist/` and from inside a bundle, with no path to find. Therefore
 * they may use nothing but their parameters and Node's globals.
 */

/** When the process began, as the system spells it; empty where there is no such process. A pid alone may be reused. */
export function startTimeOf(
  pid: number,
  fs: typeof import('node:fs'),
  childProcess: typeof import('node:child_process'),
): string {
  try {
    // proc_pid_stat(5): field 22, counted behind the name, which may hold spaces and brackets.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {}
  if (process.platform === 'linux') return ''
  try {
    return childProcess.execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/**
 * Reads lines of JSON: `["+", "pid", 123, "4567"]`, `["-", "pid", 123, "4567"]`, `["+", "dir", "/tmp/x"]`,
 * `["+", "run", "/usr/bin/node", "-e", "..."]`. At the end of its
 * stdin its owner is gone, in whatever way: it kills and removes what was added and not taken back.
 */
export function reaperMain(
  startTime: typeof startTimeOf,
  fs: typeof import('node:fs'),
  childProcess: typeof import('node:child_process'),
): void {
  const guarded = new Set<string>()
  let rest = ''
  const take = (line: string) => {
    const [sign, ...what] = JSON.parse(line) as string[]
    if (sign === '+') guarded.add(JSON.stringify(what))
    else guarded.delete(JSON.stringify(what))
  }
  const removeAll = () => {
    const all = [...guarded].map(text => JSON.parse(text) as [string, string | number, string?])
    for (const [kind, pid, began] of all) {
      if (kind !== 'pid' || startTime(Number(pid), fs, childProcess) !== began) continue
      // Also a stopped process dies of it, and none can refuse.
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {}
    }
    for (const [kind, file, ...args] of all as [string, ...string[]][]) {
      // It fails on its own.
      if (kind === 'run') childProcess.spawnSync(String(file), args, { stdio: 'ignore', timeout: 60_000 })
    }
    for (const [kind, path] of all) {
      if (kind === 'dir') fs.rmSync(String(path), { recursive: true, force: true, maxRetries: 3 })
    }
  }
  // Whatever ends a whole group of processes must not end the one that cleans up after them.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
  process.stdin.on('end', removeAll)
}
