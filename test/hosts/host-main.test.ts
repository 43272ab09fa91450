import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/hosts/host-main.js', import.meta.url))
const onLinux = process.platform === 'linux'

/** A parent that starts a host and is killed so many milliseconds later; what is left is the host's process id. */
function killedAfter(ms: number): number {
  const script = `
    const { fork } = require('node:child_process')
    const host = fork(${JSON.stringify(MAIN)}, ['orphan'], { detached: true, serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    console.log(host.pid)
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${ms})`
  return Number(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout)
}

/** The kernel keeps an entry until the process is waited for; one that has ended has no command line any more. */
const isGone = (pid: number) => !existsSync(`/proc/${pid}/exe`)

test.runIf(onLinux)('a host whose parent is killed ends, also where it was still being loaded then', async () => {
  // From at once, over the time that loading takes, to when it is up.
  const orphans = [0, 5, 10, 20, 40, 60, 80, 120, 200, 400].map(killedAfter)
  expect(orphans.every(pid => pid > 0)).toBe(true)
  await vi.waitUntil(() => orphans.every(isGone), { timeout: 30_000, interval: 20 })
})
