/**
 * Cells whose run is known before it is played.
 *
 * A middlebox that forgot no flow in a whole run, with the time-out T, met no silence of T. With a longer time-out it forgets none either,
 * and all else of the two cells is the same: the peers, the chances, the length. In virtual time the two runs are then one and the same, so
 * the second is not played. Only where that can't be wrong: in virtual time, with real peers (models have chances of their own), and without
 * messages (what is due at the same moment as the box' own look is read in an order that the seed decides).
 *
 * It is half of a grid of keep-alive and time-out, and the dear half: nothing happens in it for an hour.
 */
import type { Evidence } from '../../model/evidence.ts'
import type { Cell, NumberedCell } from './cell.ts'
import { kindOf } from './cell-fault.ts'
import type { PlayedCell } from './comparison.ts'

/** The shortest time-out so far with which nothing was forgotten, and what was seen with it. */
interface Quiet {
  readonly idleMs: number
  readonly played: PlayedCell
}

export class QuietCells {
  readonly #known = new Map<string, Quiet>()

  /** What this cell shows, where a cell that was played has shown it. */
  find({ index, cell }: NumberedCell): PlayedCell | undefined {
    const known = this.#known.get(keyOf(cell))
    if (!known || cell.idleMs === null || cell.idleMs < known.idleMs) return undefined
    return { ...known.played, result: { ...known.played.result, index, cell } }
  }

  note({ cell }: NumberedCell, played: PlayedCell, evidences: readonly Evidence[]): void {
    const { idleMs } = cell
    if (idleMs === null || kindOf(cell.fault) !== 'box' || cell.traffic !== 'idle') return
    if (played.result.trouble !== null || evidences.some(hasForgotten)) return
    const known = this.#known.get(keyOf(cell))
    if (!known || idleMs < known.idleMs) this.#known.set(keyOf(cell), { idleMs, played })
  }
}

/** All that two cells may differ by, but for the time-out of the box. */
const keyOf = (cell: Cell): string => JSON.stringify({ ...cell, idleMs: null })

const hasForgotten = ({ events }: Evidence): boolean => events.some(({ what }) => what === 'fault-held')
