import { realClock } from '../clock/real.ts'

/** Counted in turns of our own loop, so that a standstill of the whole machine is one turn and nobody's silence. */
const TICK_MS = 5000
const MOST_SILENT_TICKS = 6
/** Until its first word: Node starts slowly where many others want the processors. */
const MOST_STARTING_TICKS = 24

/** While something is asked of a process of ours, whether it is still at work. */
export interface Vigil {
  /** It has said something. */
  heard(): void
  begin(): void
  end(): void
}

/** Calls `lost` once where the process has said nothing for half a minute (two for its first word), although it was asked again and again. */
export function vigil(ask: () => void, lost: (silentMs: number) => void): Vigil {
  const clock = realClock()
  let [silent, most] = [0, MOST_STARTING_TICKS]
  let cancel = () => {}
  const tick = () => {
    if (++silent > most) return lost(most * TICK_MS)
    ask()
    cancel = clock.at(clock.nowMs() + TICK_MS, tick)
  }
  return {
    heard() {
      silent = 0
      most = MOST_SILENT_TICKS
    },
    begin() {
      cancel()
      silent = 0
      cancel = clock.at(clock.nowMs() + TICK_MS, tick)
    },
    end: () => cancel(),
  }
}
