import type { Address } from '../../../link/kinds/link.ts'
import { freePort } from '../../../processes/port.ts'
import type { Ground, StartedBroker } from '../broker.ts'
import { watchers } from '../watchers.ts'
import { type Daemon, type DaemonSeat, launch, PortTaken } from './daemon.ts'
import { makeFolder } from './folder.ts'
import { lifeOf } from './life.ts'
import type { Program } from './program.ts'

/** Between choosing a port and binding it another process may take it. */
const PORT_ATTEMPTS = 5

/** A broker of its own: process, port, folder. Disposing it leaves none of them. Throws what the program says where it does not start. */
export async function startProgram(program: Program, ground?: Ground): Promise<StartedBroker> {
  const folder = await makeFolder(program.name)
  const { watch, tell, tellAll } = watchers()
  const onLine = (line: string) => {
    for (const { clientId, ...news } of program.read(line)) tell(clientId, news)
  }
  try {
    const { daemon, seat } = await launchOnFreePort(program, {
      name: program.name,
      folder: folder.path,
      ground,
      onLine,
    })
    const life = lifeOf(daemon, seat, tellAll)
    return {
      version: program.version,
      address: seat.address,
      watch,
      pids: () => [life.pid()],
      signal: life.signal,
      async [Symbol.asyncDispose]() {
        await life.end()
        await folder.remove()
      },
    }
  } catch (error) {
    await folder.remove()
    throw error
  }
}

async function launchOnFreePort(
  program: Program,
  place: Omit<DaemonSeat, 'address' | 'command'>,
): Promise<{ readonly daemon: Daemon; readonly seat: DaemonSeat }> {
  for (let attempt = 1; ; attempt++) {
    const address: Address = place.ground?.address ?? { host: '127.0.0.1', port: await freePort() }
    const seat = { ...place, address, ...(await program.prepare({ ...place, address })) }
    try {
      return { daemon: await launch(seat), seat }
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !(error instanceof PortTaken)) throw error
    }
  }
}
