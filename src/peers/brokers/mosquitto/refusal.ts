import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tetherByKernel } from '../../../processes/tether.ts'
import { configText } from './config.ts'
import type { MosquittoOptions } from './options.ts'

/** The last line of the file. No version knows it, so that none starts: what is wrong before it is complained of first. */
const END = 'halfopen_ends_here'
const LIMIT_MS = 5000

const known = new Map<string, Promise<string | undefined>>()

/**
 * What this mosquitto has against the options, in its own words (2.0.11: `Invalid max_keepalive value (5).`); `undefined` where it
 * takes them all. Which values are valid depends on the version. Each is asked once.
 */
export function refusalOf(binary: string, options: MosquittoOptions): Promise<string | undefined> {
  const text = `${configText(options, { host: '127.0.0.1', port: 1 }, false)}${END} 1\n`
  const key = `${binary}\n${text}`
  const answer = known.get(key) ?? ask(binary, text).catch(() => undefined)
  known.set(key, answer)
  return answer
}

async function ask(binary: string, text: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'halfopen-conf-'))
  try {
    const file = join(folder, 'mosquitto.conf')
    await writeFile(file, text)
    const said = await new Promise<string>(resolve => {
      const [program, ...args] = tetherByKernel([binary, '-c', file])
      execFile(program, args, { timeout: LIMIT_MS }, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`))
    })
    const error = said
      .split('\n')
      .map(line => line.replace(/^\d+: /, ''))
      .find(line => line.startsWith('Error: '))
    return error === undefined || error.includes(END) ? undefined : error.slice('Error: '.length)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
