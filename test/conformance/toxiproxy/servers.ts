import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { startProxyServer } from '../../../src/commands/proxy/server.ts'
import { freePort } from '../../../src/processes/port.ts'
import { clock } from '../../doubt/watch.ts'
import { raw } from './http.ts'
import { PATIENCE_MS } from './peer.ts'

/** A running server that speaks Toxiproxy's API. */
export interface Server extends AsyncDisposable {
  readonly url: string
  /** Where it is a process of its own. */
  readonly pid?: number
}

export interface Asked {
  /** Flags that Toxiproxy wants for this; ours has no such flags. */
  readonly flags?: readonly string[]
  readonly seed?: number
}

/** One that the suite is run against. */
export interface Kind {
  readonly name: 'toxiproxy' | 'halfopen'
  start(asked?: Asked): Promise<Server>
}

export const REMEDY =
  'go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0 (as toxiproxy-server on the PATH, or in HALFOPEN_TOXIPROXY_SERVER)'

/** A program of this name on the PATH, unless the environment names it. */
export function findProgram(name: string, variable: string): string | undefined {
  const asked = process.env[variable]
  const places = asked ? [asked] : (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name))
  return places.find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const ours: Kind = {
  name: 'halfopen',
  async start({ seed = 1 } = {}) {
    return startProxyServer({ listen: { host: '127.0.0.1', port: 0 }, proxies: [], seed, version: '0.0.0' })
  },
}

export const toxiproxy = (program: string): Kind => ({
  name: 'toxiproxy',
  async start({ flags = [], seed = 1 } = {}) {
    const port = await freePort()
    const args = ['-host', '127.0.0.1', '-port', String(port), '-seed', String(seed), ...flags]
    const child = spawn(program, args, { stdio: 'ignore' })
    const exited = once(child, 'exit')
    const url = `http://127.0.0.1:${port}`
    await answers(url)
    return {
      url,
      ...(child.pid !== undefined && { pid: child.pid }),
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL')
        await exited
      },
    }
  },
})

async function answers(url: string): Promise<void> {
  const untilMs = clock.nowMs() + PATIENCE_MS
  while (clock.nowMs() < untilMs) {
    const answer = await raw(url, 'GET', '/version').catch(() => undefined)
    if (answer) return
    await clock.advanceTo(clock.nowMs() + 20)
  }
  throw new Error(`toxiproxy-server does not answer at ${url}`)
}
