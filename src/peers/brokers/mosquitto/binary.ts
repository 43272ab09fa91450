import { delimiter } from 'node:path'
import which from 'which'
import type { Availability } from '../../../model/plugin.ts'
import { ask } from '../../recipes/ask.ts'

/** Debian puts it where a user's PATH does not look; Homebrew's sbin is often missing too. */
const ALSO = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** `named` or `HALFOPEN_MOSQUITTO` names one, a path or a name on the PATH. `undefined` where there is none. */
export async function findMosquitto(
  env: NodeJS.ProcessEnv = process.env,
  named = env.HALFOPEN_MOSQUITTO,
): Promise<string | undefined> {
  const path = [env.PATH ?? '', ...ALSO].join(delimiter)
  return (await which(named || 'mosquitto', { path, nothrow: true })) ?? undefined
}

export async function mosquittoAvailable(env: NodeJS.ProcessEnv = process.env, own?: string): Promise<Availability> {
  if (await findMosquitto(env, own)) return true
  if (own !== undefined) return { reason: `binary names ${own}, and there is no such program` }
  const named = env.HALFOPEN_MOSQUITTO
  const remedy = process.platform === 'darwin' ? 'brew install mosquitto' : 'apt-get install mosquitto'
  return named
    ? { reason: `HALFOPEN_MOSQUITTO names ${named}, and there is no such program`, remedy: 'unset HALFOPEN_MOSQUITTO' }
    : { reason: 'mosquitto is not on the PATH', remedy }
}

/** The path; throws the reason where there is none. */
export async function mosquittoPath(own?: string): Promise<string> {
  const path = await findMosquitto(process.env, own)
  if (path) return path
  const why = await mosquittoAvailable(process.env, own)
  if (why === true) throw new Error('mosquitto is gone')
  throw new Error(why.remedy === undefined ? why.reason : `${why.reason} (${why.remedy})`)
}

const versions = new Map<string, Promise<string>>()

/** A busy machine may let it wait; then its model would play another version than it does a moment later. */
const ANSWER_LIMIT_MS = 30_000

/**
 * As `mosquitto -h` says, `2.0.11`; `unknown` where it says nothing of the kind. Asked once for each program. Rejects where it did not
 * answer: that says nothing of its version.
 */
export function mosquittoVersion(path: string): Promise<string> {
  const known = versions.get(path) ?? askVersion(path)
  versions.set(path, known)
  known.catch(() => versions.delete(path))
  return known
}

/** It exits with 3 after printing its help, so the exit code tells nothing. */
async function askVersion(path: string): Promise<string> {
  const { code, stdout, why } = await ask([path, '-h'], { limitMs: ANSWER_LIMIT_MS })
  if (code === undefined) throw new Error(`${path} does not tell its version: ${why}`)
  return /^mosquitto version (\S+)/m.exec(stdout)?.[1] ?? 'unknown'
}
