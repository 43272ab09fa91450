import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { tetherByKernel } from './tether.ts'

export type ToolRun = readonly [file: string, ...args: string[]]

/** Debian keeps the tools of the network where a user's PATH does not look. */
export const toolEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [process.env.PATH ?? '', '/usr/sbin', '/sbin', '/usr/local/sbin'].join(delimiter),
  LC_ALL: 'C',
})

const PATIENCE_MS = 10_000

/** Runs it to its end and returns what it printed. Rejects with what it complained of. */
export function runCommand([file, ...args]: ToolRun, input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program, ...own] = tetherByKernel([file, ...args])
    const child = execFile(program, own, { env: toolEnv(), timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${args.find(arg => /^[a-z]/.test(arg)) ?? file}: ${stderr.trim() || error.message}`))
      else resolve(stdout)
    })
    // It may end without reading.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
