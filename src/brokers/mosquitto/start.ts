import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerSignal } from '../../faults/fault.ts'
import { guardDirectory } from '../../labs/reaper.ts'
import type { Address } from '../../links/link.ts'
import type { Ground, StartedBroker } from '../broker.ts'
import { freePort } from '../port.ts'
import { watchers } from '../watchers.ts'
import { mosquittoPath, mosquittoVersion } from './binary.ts'
import { configText } from './config.ts'
import { type Daemon, type DaemonSeat, launch } from './daemon.ts'
import { parseLog } from './log.ts'
import type { MosquittoOptions } from './options.ts'

/** Between choosing a port and binding it another process may take it. */
const PORT_ATTEMPTS = 5
const TAKEN = /Address already in use/

/** A mosquitto of its own: process, port, configuration, directory. Disposing it leaves none of them. */
export async function startMosquitto(options: MosquittoOptions, ground?: Ground): Promise<StartedBroker> {
  const binary = await mosquittoPath()
  const directory = await makeDirectory()
  const { watch, tell, tellAll } = watchers()
  const onLine = (line: string) => {
    for (const { clientId, ...news } of parseLog(line)) tell(clientId, news)
  }
  try {
    const { daemon, seat } = await launchOnFreePort(options, {
      binary,
      configFile: join(directory.path, 'mosquitto.conf'),
      ground,
      onLine,
    })
    const life = lifeOf(daemon, seat, what => tellAll(what))
    return {
      version: await mosquittoVersion(binary),
      address: seat.address,
      watch,
      signal: life.signal,
      async [Symbol.asyncDispose]() {
        await life.end()
        await directory.remove()
      },
    }
  } catch (error) {
    await directory.remove()
    throw error
  }
}

async function makeDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'halfopen-mosquitto-')).catch(error => {
    throw new Error(`can't make a directory for mosquitto in ${tmpdir()}: ${error.message}`)
  })
  const release = guardDirectory(path)
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true })
      release()
    },
  }
}

async function launchOnFreePort(
  options: MosquittoOptions,
  place: Omit<DaemonSeat, 'address'>,
): Promise<{ readonly daemon: Daemon; readonly seat: DaemonSeat }> {
  for (let attempt = 1; ; attempt++) {
    const address: Address = place.ground?.address ?? { host: '127.0.0.1', port: await freePort() }
    const seat = { ...place, address }
    await writeFile(
      place.configFile,
      configText(options, address, place.ground !== undefined || process.getuid?.() === 0),
    ).catch(error => {
      throw new Error(`can't write the configuration of mosquitto: ${error.message}`)
    })
    try {
      return { daemon: await launch(seat), seat }
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !TAKEN.test(String(error))) throw error
    }
  }
}

type LifeNews = { what: 'frozen' | 'thawed' | 'killed' | 'restarted' | 'exited'; note?: string }

/** The process through its deaths and restarts. Signals are obeyed one after the other, in the order given. */
function lifeOf(first: Daemon, seat: DaemonSeat, tell: (news: LifeNews) => void) {
  let daemon = first
  let ours = false
  let queue: Promise<void> = Promise.resolve()

  /** An end that nobody asked for is evidence too: the broker crashed. */
  const mourn = (mortal: Daemon) => {
    mortal.exited.then(how => {
      if (!ours) tell({ what: 'exited', note: how })
    })
  }
  mourn(first)

  const kill = async () => {
    ours = true
    await daemon.kill()
  }
  const acts: Record<BrokerSignal, () => Promise<void>> = {
    async freeze() {
      await daemon.freeze()
      tell({ what: 'frozen' })
    },
    async thaw() {
      await daemon.thaw()
      tell({ what: 'thawed' })
    },
    async kill() {
      await kill()
      tell({ what: 'killed' })
    },
    async restart() {
      await kill()
      daemon = await launch(seat)
      ours = false
      mourn(daemon)
      tell({ what: 'restarted' })
    },
  }
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const turn = queue.then(act)
    queue = turn.catch(() => {})
    return turn
  }
  return { signal: (signal: BrokerSignal) => inTurn(acts[signal]), end: () => inTurn(kill) }
}
