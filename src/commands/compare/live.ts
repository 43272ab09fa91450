import { theCatalog } from '../../terminal/project.ts'
import type { Numbered } from './grid.ts'
import { type Played, playCell } from './play-cell.ts'
import type { Settings } from './settings.ts'

export interface Live {
  readonly cells: readonly Numbered[]
  readonly settings: Settings
  readonly signal: AbortSignal
  done(played: readonly Played[]): void
}

/** Runs at once on real sockets: they wait rather than work, but each of them must be served within a millisecond or two. */
const MOST_RUNS = 60
/** Of these runs: with 8 of them 184 were open, module files included. */
export const LIVE_DESCRIPTORS = 128 + MOST_RUNS * 15

/** Plays the cells on real sockets, side by side. Cells that were stopped half-way are not told of. */
export async function playLive({ cells, settings, signal, done }: Live): Promise<void> {
  const { openLab, peersIn } = theCatalog()
  await using lab = openLab(settings.lab)
  const queue = [...cells]
  const playNext = async (): Promise<void> => {
    for (let cell = queue.shift(); cell && !signal.aborted; cell = queue.shift()) {
      const played = await playCell(cell, { lab, peers: peersIn(settings.lab), settings, signal })
      if (!signal.aborted) done([played])
    }
  }
  const atOnce = Math.max(1, Math.floor(MOST_RUNS / settings.phases))
  await Promise.all(Array.from({ length: atOnce }, playNext))
}
