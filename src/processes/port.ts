import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below every system's range of ephemeral ports (Linux 32768, IANA and macOS 49152), so that no outgoing connection takes
 * the port between choosing and binding, or while its broker is killed: a client that keeps dialling a closed ephemeral
 * port of its own machine would in the end connect to itself.
 */
const FIRST = 20_000
const PAST = 32_768
const ATTEMPTS = 50

/** A port of 127.0.0.1 that nobody listens on right now. Throws where none was found. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST, PAST)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port on 127.0.0.1 between ${FIRST} and ${PAST - 1} in ${ATTEMPTS} attempts`)
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
