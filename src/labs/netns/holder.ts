import { spawn } from 'node:child_process'
import { guardProcess, startReaper } from '../../processes/reaper.ts'
import type { Command } from '../../processes/run-tool.ts'
import { tetherByKernel } from '../../processes/tether.ts'

/** Characters of its last words. */
const MOST_KEPT = 2000

/** A process that does nothing but hold a namespace; it ends by itself when ours does, since its stdin does. */
export interface Holder extends AsyncDisposable {
  readonly pid: number
}

/** Started by the command that `enter` makes of it, which must become the program (by exec) and not its parent. */
export async function startHolder(enter: (file: string, args: readonly string[]) => Command): Promise<Holder> {
  startReaper()
  const [program, ...own] = tetherByKernel(['sh', '-c', 'echo here; exec cat'])
  const [file, ...args] = enter(program, own)
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_KEPT)
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(said.trim() || (signal ?? `exit code ${code}`)))
  }).finally(release)
  const here = new Promise<undefined>(resolve => child.stdout.once('data', () => resolve(undefined)))
  const why = await Promise.race([here, ended])
  if (why !== undefined || child.pid === undefined) throw new Error(`no network namespace: ${why}`)
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
