import { randomBytes } from 'node:crypto'
import { packageVersion } from '../../model/package.ts'
import { formatProblems } from '../../scenario/format.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { PROXY_ADDRESSES, requireAddresses } from '../../terminal/require.ts'
import { complain, say, wantsColor } from '../../terminal/say.ts'
import { untilStopped } from '../../terminal/stop.ts'
import type { HostPort } from '../../text/address.ts'
import { messageOf } from '../../text/message-of.ts'
import { readText } from '../../text/read-text.ts'
import type { ProxyFields } from './proxy.ts'
import { readConfig } from './proxy-config.ts'
import { type ProxyServer, type ServerOptions, startProxyServer } from './server.ts'

export interface ProxyOptions {
  readonly listen: HostPort
  readonly config?: string
  readonly seed?: number
}

/** `halfopen proxy`: until a signal ends it. Its exit code. */
export async function runProxy({
  listen,
  config,
  seed = randomBytes(4).readUInt32BE(),
}: ProxyOptions): Promise<number> {
  requireAddresses(PROXY_ADDRESSES)
  const version = packageVersion()
  const proxies = config === undefined ? [] : await readProxies(config)
  return untilStopped(
    async ({ signal }) => {
      await using server = await start({ listen, proxies, seed, version, note: noteOnce() })
      const lines = [
        `halfopen proxy ${version}: Toxiproxy's API on ${server.url}; seed ${seed}`,
        ...server.proxies.map(({ name, listen, upstream, enabled, tls }) =>
          enabled ? `  ${name}: ${listen} -> ${upstream}${tls ? ', TLS ends here' : ''}` : `  ${name}: disabled`,
        ),
      ]
      say(`${lines.join('\n')}\n`)
      await aborted(signal)
      return EXIT.pass
    },
    () => {},
  )
}

/** Broken handshakes that are told; the ones after these say the same. */
const MOST_NOTES = 20

function noteOnce(): (text: string) => void {
  const told = new Set<string>()
  return text => {
    if (told.has(text) || told.size >= MOST_NOTES) return
    told.add(text)
    complain(`${text}\n`)
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })

async function start(options: ServerOptions): Promise<ProxyServer> {
  try {
    return await startProxyServer(options)
  } catch (error) {
    throw new Complaint(`error: ${messageOf(error)}`, EXIT.inconclusive)
  }
}

async function readProxies(file: string): Promise<readonly ProxyFields[]> {
  const text = await readText(file).catch((error: Error) => error)
  if (typeof text !== 'string') throw new Complaint(`error: ${file} can't be read: ${text.message}`, EXIT.unreadable)
  // Of any other file nothing is shown.
  if (!/^\s*\[\s*[{\]]/.test(text))
    throw new Complaint(`${file}:1:1: a config file is a list of proxies: [{ "name": ... }]`, EXIT.unreadable)
  const { proxies, problems } = readConfig(text, file)
  if (problems.length === 0) return proxies
  const color = wantsColor(process.env, process.stderr.isTTY === true)
  throw new Complaint(formatProblems(problems, new Map([[file, text]]), { color }), EXIT.unreadable)
}
