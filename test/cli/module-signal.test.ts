/** A module may send a signal to halfopen, or a user may while a module is loaded: that ends in words, and leaves nothing. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PASSES, project, shellCode } from './halfopen.ts'

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const kills = (signal: string) => `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const { pid } = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
writeFileSync('pids', process.pid + ' ' + pid)
process.kill(process.ppid, '${signal}')
setInterval(() => {}, 1000)
await new Promise(() => {})
`

describe.runIf(process.platform === 'linux')('a module that sends its parent', () => {
  test.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s is named, and nothing is left', { timeout: 60_000 }, async ([signal, code]) => {
    await using folder = await project({ 'a.yaml': PASSES, 'b.scenario.ts': kills(signal) })
    for (const command of [
      ['run', '.'],
      ['list', '.'],
    ]) {
      const ended = await folder.run(command)
      expect(ended.stderr).toContain(`${signal} came while b.scenario.ts was being loaded`)
      expect(shellCode(ended)).toBe(code)
      const pids = (await readFile(join(folder.dir, 'pids'), 'utf8')).split(' ').map(Number)
      await expect.poll(() => pids.filter(isThere), { timeout: 5000 }).toEqual([])
    }
  })
})
