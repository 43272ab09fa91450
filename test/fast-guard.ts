/**
 * Set up before each file of the project `fast`: what opens a socket, starts a process or a thread, or waits for the machine's own
 * timers is no fast test, and fails. Its file then belongs into test/real-time.ts.
 */
import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import workers from 'node:worker_threads'
import { afterEach } from 'vitest'

/** What looks whether the machine's own timers are still there (test/sim/dispatchers.test.ts) waits for one; not longer. */
const LONGEST_TIMER_MS = 20

/** What the running test did. Files share a worker, so the patches are made once and find this here. */
const shared = globalThis as { fastGuard?: string[] }
shared.fastGuard ??= install()
const seen = shared.fastGuard

afterEach(() => {
  const done = [...new Set(seen.splice(0))]
  if (done.length > 0)
    throw new Error(
      `a test of the project fast ${done.join(', ')}: its file belongs into the list of test/real-time.ts`,
    )
})

function install(): string[] {
  const done: string[] = []
  const forbid = (object: object, names: readonly string[], words: string) => {
    for (const name of names)
      Object.assign(object, {
        [name](): never {
          done.push(words)
          throw new Error(`a test of the project fast ${words}`)
        },
      })
  }
  forbid(net.Socket.prototype, ['connect'], 'connects a socket')
  forbid(net.Server.prototype, ['listen'], 'listens on a socket')
  forbid(dgram.Socket.prototype, ['bind', 'send', 'connect'], 'uses a datagram socket')
  forbid(childProcess.ChildProcess.prototype, ['spawn'], 'starts a process')
  forbid(childProcess, ['spawnSync', 'execFileSync', 'execSync'], 'starts a process')
  workers.Worker = class {
    constructor() {
      done.push('starts a thread')
      throw new Error('a test of the project fast starts a thread')
    }
  } as never
  syncBuiltinESMExports()
  watchTimers(done)
  return done
}

/** A timer that is set and cancelled is no harm: only one that fires was waited for. */
function watchTimers(done: string[]): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const real = globalThis[name]
    const watched = (act: unknown, ms = 0, ...args: unknown[]) => {
      if (typeof act !== 'function' || !(ms > LONGEST_TIMER_MS))
        return Reflect.apply(real, globalThis, [act, ms, ...args])
      const noted = () => {
        done.push(`waits ${Math.round(ms)} ms of real time`)
        act(...args)
      }
      return Reflect.apply(real, globalThis, [noted, ms])
    }
    // With what hangs on it: util.promisify finds its own form there.
    Object.assign(globalThis, { [name]: Object.defineProperties(watched, Object.getOwnPropertyDescriptors(real)) })
  }
}
