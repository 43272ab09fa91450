import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { realClock } from '../../clock/real.ts'
import type { Availability } from '../../model/plugin.ts'
import { harmless } from '../../text/harmless.ts'

const ANSWER_LIMIT_MS = 2000
/** An answer of a thousand containers is a megabyte. */
const MOST_CHARACTERS = 8 * 1024 * 1024

type Place = { readonly name: string } & (
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: string }
  | { readonly unknown: true }
)

/** Where testcontainers would look, in its order. */
function placeOf(env: NodeJS.ProcessEnv): Place {
  const name = env.DOCKER_HOST || `unix://${sockets(env).find(existsSync) ?? '/var/run/docker.sock'}`
  const url = URL.canParse(name) ? new URL(name) : undefined
  if (url?.protocol === 'unix:') return { name, socketPath: url.pathname }
  if (url?.protocol === 'tcp:' && env.DOCKER_TLS_VERIFY !== '1')
    return { name, host: url.hostname, port: url.port || '2375' }
  // With certificates, or through ssh: only testcontainers itself can tell.
  return { name, unknown: true }
}

const sockets = (env: NodeJS.ProcessEnv): string[] => [
  '/var/run/docker.sock',
  ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
  join(homedir(), '.docker/run/docker.sock'),
  join(homedir(), '.docker/desktop/docker.sock'),
  ...(process.platform === 'win32' ? [] : [`/run/user/${userInfo().uid}/docker.sock`]),
]

/** Whether a Docker engine answers. One request; testcontainers is not loaded for it. */
export async function engineAvailable(env: NodeJS.ProcessEnv = process.env): Promise<Availability> {
  const place = placeOf(env)
  if ('unknown' in place) return true
  try {
    await get(place, '/_ping')
    return true
  } catch (error) {
    const remedy =
      env.DOCKER_HOST !== undefined
        ? 'start that engine, or unset DOCKER_HOST'
        : 'https://docs.docker.com/engine/install/, or set DOCKER_HOST to one that runs elsewhere'
    return { reason: `no Docker engine answers at ${place.name} (${(error as Error).message})`, remedy }
  }
}

/** What the engine answers to a GET; `undefined` where it can't be asked this way, or says no. */
export async function askEngine(path: string, env: NodeJS.ProcessEnv = process.env): Promise<unknown> {
  const place = placeOf(env)
  if ('unknown' in place) return undefined
  return get(place, path).then(JSON.parse, () => undefined)
}

/** All of it within the limit: an answer that comes a byte at a time keeps a time-out for silence waiting for ever. */
const get = (place: Exclude<Place, { unknown: true }>, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(ANSWER_LIMIT_MS)
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new Error(late.aborted ? `no answer within ${ANSWER_LIMIT_MS / 1000} s` : (error.code ?? error.message)))
    const asked = request({ ...place, path, agent: false, signal: late }, response => {
      let text = ''
      response.on('error', fail)
      response.setEncoding('utf8').on('data', part => {
        text += part
        if (text.length <= MOST_CHARACTERS) return
        reject(new Error('its answer never ends'))
        asked.destroy()
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`HTTP ${response.statusCode}`)),
      )
    })
    asked.on('error', fail)
    asked.end()
  })

/** Silence is worse than waiting: after this long it is said what is being waited for. */
const PATIENCE_MS = 6000
/** The images are 10 to 60 MB. */
const LIMIT_MS = 300_000

/** Waits, but not in silence. `remedy` is what would make it needless. */
export async function inTime(act: Promise<unknown>, what: string, remedy: string): Promise<void> {
  const clock = realClock()
  const cancelNotice = clock.at(PATIENCE_MS, () =>
    process.stderr.write(`${harmless(`halfopen: still ${what}; to use another, ${remedy}`)}\n`),
  )
  let cancelLimit = () => {}
  const limit = new Promise<never>((_, reject) => {
    cancelLimit = clock.at(LIMIT_MS, () => reject(new Error(`${what} took more than ${LIMIT_MS / 60_000} minutes`)))
  })
  try {
    await Promise.race([act, limit])
  } finally {
    cancelNotice()
    cancelLimit()
  }
}
