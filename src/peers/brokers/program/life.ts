import type { BrokerSignal } from '../../../faults/fault.ts'
import { doAndTell, type News } from '../watchers.ts'
import { type Daemon, type DaemonSeat, launch } from './daemon.ts'

/** The process through its deaths and restarts. Signals are obeyed one after the other, in the order given. */
export function lifeOf(first: Daemon, seat: DaemonSeat, tell: (news: News) => void) {
  let daemon = first
  let ours = false
  let queue: Promise<void> = Promise.resolve()

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
    daemon = await launch(seat)
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
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const turn = queue.then(act)
    queue = turn.catch(() => {})
    return turn
  }
  return { signal: (signal: BrokerSignal) => inTurn(acts[signal]), end: () => inTurn(kill), pid: () => daemon.pid }
}
