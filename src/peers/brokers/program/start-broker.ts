import { type MachineDate, monotonicMs } from '../../../clock/real.ts'
import type { BrokerSignal } from '../../../faults/fault.ts'
import type { Address } from '../../../link/kinds/link.ts'
import { guardedFolder } from '../../../processes/guarded-folder.ts'
import { inTurn } from '../../../processes/pool.ts'
import { freePort } from '../../../processes/port.ts'
import type { StartContext, StartedBroker, ToldClock } from '../broker.ts'
import { doAndTell, type News, watchers } from '../watchers.ts'
import type { BrokerProgram } from './broker-program.ts'
import { accessTo, brokerTls } from './broker-tls.ts'
import { type Daemon, type DaemonContext, launch, PortTaken } from './daemon.ts'

/** Between choosing a port and binding it another process may take it. */
const PORT_ATTEMPTS = 5

/** A broker of its own: process, port, folder. Disposing it leaves none of them. Throws what the program says where it does not start. */
export async function startProgram(program: BrokerProgram, within?: StartContext): Promise<StartedBroker> {
  const folder = await guardedFolder(program.name)
  const { watch, tell, tellAll, trouble } = watchers()
  const clock = toldClock(program)
  // Its log is no longer read, so no further run may use this broker.
  let abandon = () => {}
  const onLine = (line: string, seen?: MachineDate) => {
    clock.see(line, seen?.atMs)
    for (const { clientId, ...news } of program.read(line, seen)) tell(clientId, news, seen)
  }
  try {
    const tls = await brokerTls(program.tls, folder.path)
    const { daemon, context } = await launchOnFreePort(program, {
      name: program.name,
      folder: folder.path,
      within,
      tls,
      onLine,
      onTrouble(note) {
        trouble(note)
        abandon()
      },
      dialect: program.dialect,
    })
    const life = lifeOf(daemon, context, tellAll)
    abandon = life.abandon
    return {
      version: program.version,
      address: context.address,
      ...accessTo(tls, context.webSocket),
      watch,
      pids: () => [life.pid()],
      ...(program.dateS && { clock: clock.told }),
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

/** From the first date in its log to the last one. */
function toldClock({ dateS }: BrokerProgram) {
  let dates: { readonly first: Dated; readonly last: Dated } | undefined
  return {
    see(line: string, atMs = monotonicMs()) {
      const seconds = dateS?.(line)
      if (seconds === undefined) return
      const last = { seconds, atMs }
      dates = { first: dates?.first ?? last, last }
    },
    told: (): ToldClock | undefined =>
      dates && {
        passedMs: (dates.last.seconds - dates.first.seconds) * 1000,
        tookMs: dates.last.atMs - dates.first.atMs,
        exactMs: 1000,
      },
  }
}

interface Dated {
  readonly seconds: number
  readonly atMs: number
}

async function launchOnFreePort(
  program: BrokerProgram,
  place: Omit<DaemonContext, 'address' | 'command'>,
): Promise<{ readonly daemon: Daemon; readonly context: DaemonContext }> {
  for (let attempt = 1; ; attempt++) {
    const address: Address = place.within?.network?.address ?? { host: '127.0.0.1', port: await freePort() }
    const context = { ...place, address, ...(await program.prepare({ ...place, address })) }
    try {
      return { daemon: await launch(context), context }
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !(error instanceof PortTaken)) throw error
    }
  }
}

/** The process through its deaths and restarts. Signals are obeyed one after the other, in the order given. */
function lifeOf(first: Daemon, context: DaemonContext, tell: (news: News) => void) {
  let daemon = first
  let ours = false
  const oneAtOnce = inTurn()

  /** An end that nobody asked for is evidence too: the broker crashed. */
  const tellEnd = (ending: Daemon) => {
    ending.exited.then(how => {
      if (!ours) tell({ what: 'exited', note: how })
    })
  }
  tellEnd(first)

  const kill = async () => {
    ours = true
    await daemon.kill()
  }
  const restart = async () => {
    daemon = await launch(context)
    ours = false
    tellEnd(daemon)
  }
  const acts: Record<BrokerSignal, () => Promise<void>> = {
    freeze: () => doAndTell(tell, 'frozen', () => daemon.freeze()),
    thaw: () => doAndTell(tell, 'thawed', () => daemon.thaw()),
    kill: () => doAndTell(tell, 'killed', kill),
    async restart() {
      await kill()
      await doAndTell(tell, 'restarted', restart)
    },
  }
  return {
    signal: (signal: BrokerSignal) => oneAtOnce(acts[signal]),
    end: () => oneAtOnce(kill),
    abandon: () => void daemon.kill(),
    pid: () => daemon.pid,
  }
}
