/** Ctrl-Z, a laptop's lid: a whole run stands still for ten seconds and goes on. It fails no peer; what it spoilt is played again. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { project, REPOSITORY } from '../cli/halfopen.ts'
import { MARK, marked, signal } from './marked.ts'

const STOOD_MS = 10_000
const SCENARIOS = ['broker/killed.yaml', 'idle-cut/rst-to-the-sender.yaml'] as const
/** From when the first part of it is at work. */
const MOMENTS_MS = process.env.HALFOPEN_SLOW ? [500, 1500, 2500, 3500, 5000] : [2500]

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

describe.skipIf(process.platform !== 'linux').concurrent('a run that stands still for ten seconds', () => {
  test.for(SCENARIOS.flatMap(file => MOMENTS_MS.map(atMs => [file, atMs] as const)))(
    'fails nobody, and is played again: %s at %d ms',
    { timeout: 300_000 },
    async ([file, atMs]) => {
      await using home = await project({
        'one.yaml': readFileSync(join(REPOSITORY, 'scenarios', file), 'utf8'),
        '.git': '',
      })
      const mark = randomUUID()
      const run = home.run(['run', 'one.yaml', '--out', 'evidence'], { [MARK]: mark })
      await vi.waitUntil(() => marked(mark).some(({ line }) => /host-main\.js\0client/.test(line)), {
        timeout: 120_000,
      })
      await sleep(atMs)
      const tree = marked(mark)
      for (const { pid } of tree) signal(pid, 'SIGSTOP')
      await sleep(STOOD_MS)
      for (const { pid } of tree) signal(pid, 'SIGCONT')
      const { exitCode, stdout } = await run
      expect([0, 3], stdout).toContain(exitCode)
      expect(stdout).not.toMatch(/FAIL|\d+ failed/)
      // It began again, or what it saw could not be turned round by ten seconds.
      const again = list(join(home.dir, 'evidence/inconclusive')).length
      if (again === 0) expect(stdout).toContain('1 passed')
      else expect(stdout).toMatch(/played (?:2|3) times|1 passed|1 inconclusive/)
    },
  )
})

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
