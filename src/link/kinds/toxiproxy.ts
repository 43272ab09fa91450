import { type ChildProcess, spawn } from 'node:child_process'
import which from 'which'
import { realClock } from '../../clock/real.ts'
import type { Availability } from '../../model/plugin.ts'
import { freePort } from '../../processes/port.ts'
import { guardProcess, startReaper } from '../../processes/reaper.ts'
import { tether } from '../../processes/tether.ts'
import type { LinkKind } from './link.ts'
import { type Api, openApi } from './toxiproxy/api.ts'
import { openLanding } from './toxiproxy/landing.ts'
import { openRunning, sharedPlace } from './toxiproxy/running.ts'
import { runningFrom, type ToxiproxyOptions, toxiproxyFrom } from './toxiproxy/toxiproxy-kind.ts'
import { anyPort, type ToxiproxyPlace } from './toxiproxy/toxiproxy-place.ts'

/** What it takes to have one; `go install` would call it `server`. */
export const TOXIPROXY_REMEDY =
  'GOBIN=$PWD go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0 && mv server ~/bin/toxiproxy-server, or https://github.com/Shopify/toxiproxy/releases'

/** `HALFOPEN_TOXIPROXY_SERVER` names one, a path or a name on the PATH. */
export const findToxiproxy = async (env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> =>
  (await which(env.HALFOPEN_TOXIPROXY_SERVER || 'toxiproxy-server', { path: env.PATH ?? '', nothrow: true })) ??
  undefined

export async function toxiproxyAvailable(env: NodeJS.ProcessEnv = process.env): Promise<Availability> {
  if (await findToxiproxy(env)) return true
  const named = env.HALFOPEN_TOXIPROXY_SERVER
  return named
    ? {
        reason: `HALFOPEN_TOXIPROXY_SERVER names ${named}, and there is no such program`,
        remedy: 'unset HALFOPEN_TOXIPROXY_SERVER',
      }
    : { reason: 'toxiproxy-server is not on the PATH', remedy: TOXIPROXY_REMEDY }
}

const HOST = '127.0.0.1'
const START_LIMIT_MS = 10_000
const POLL_MS = 10
/** Between choosing a port and binding it another process may take it. */
const PORT_ATTEMPTS = 5

const clock = realClock()

/** A toxiproxy-server of our own on 127.0.0.1. Disposing it ends the process. */
export async function startChild(): Promise<ToxiproxyPlace> {
  const binary = await findToxiproxy()
  if (!binary) {
    const why = await toxiproxyAvailable()
    throw new Error(why === true ? 'toxiproxy-server is gone' : `${why.reason}: ${why.remedy}`)
  }
  const server = await launch(binary)
  try {
    const landing = await openLanding(HOST)
    return {
      api: server.api,
      landing,
      upstream: `${HOST}:${landing.port}`,
      ports: anyPort(HOST, HOST),
      async [Symbol.asyncDispose]() {
        await server.kill()
        await landing[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await server.kill()
    throw error
  }
}

interface Server {
  readonly api: Api
  kill(): Promise<void>
}

async function launch(binary: string): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    startReaper()
    const tied = tether([binary, '-host', HOST, '-port', String(port)])
    const [file, ...args] = tied.command
    const child = spawn(file, args, {
      stdio: ['ignore', 'ignore', 'ignore', ...tied.stdio],
      // It logs each connection otherwise, as it would to a terminal.
      env: { ...process.env, LOG_LEVEL: 'error' },
    })
    tied.hold(child)
    const exited = endOf(child, child.pid === undefined ? () => {} : guardProcess(child.pid))
    const kill = async () => {
      child.kill('SIGKILL')
      await exited
    }
    const api = openApi(`http://${HOST}:${port}`)
    const trouble = await readiness(api, exited)
    if (trouble === undefined) return { api, kill }
    await kill()
    if (attempt === PORT_ATTEMPTS) throw new Error(`${binary} did not start: ${trouble}`)
  }
}

const endOf = (child: ChildProcess, release: () => void): Promise<string> =>
  new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => {
      release()
      resolve(`it ended with ${signal ?? `exit code ${code}`}`)
    })
  })

/** `undefined` once it answers. */
async function readiness(api: Api, exited: Promise<string>): Promise<string | undefined> {
  const untilMs = clock.nowMs() + START_LIMIT_MS
  let ended: string | undefined
  const end = exited.then(how => {
    ended = how
  })
  while (ended === undefined && clock.nowMs() < untilMs) {
    const answered = await api.version().then(
      () => true,
      () => false,
    )
    if (answered) return ended
    await Promise.race([clock.advanceTo(clock.nowMs() + POLL_MS), end])
  }
  return ended ?? `it did not answer within ${START_LIMIT_MS / 1000} s`
}

const child = sharedPlace(startChild)
const running = new Map<string, () => Promise<ToxiproxyPlace>>()

async function open(options: ToxiproxyOptions): Promise<ToxiproxyPlace> {
  const there = runningFrom(options)
  if (!there) return child()
  const key = JSON.stringify(options)
  const shared = running.get(key) ?? sharedPlace(() => openRunning(there))
  running.set(key, shared)
  return shared()
}

/** A `toxiproxy-server` on the PATH, started as a child for as long as any run needs it; or, with `url`, the one there. */
export const toxiproxy: LinkKind<ToxiproxyOptions> = {
  ...toxiproxyFrom({
    open,
    available: async options => (options.url === undefined ? toxiproxyAvailable() : true),
  }),
  home: import.meta.url,
}
