/** One thread of a sweep: piscina calls the default export with each piece of work. */

import type { Numbered } from '../../compare/grid.ts'
import { type Played, playCell } from '../../compare/play.ts'
import type { Settings } from '../../compare/settings.ts'
import type { Lab } from '../../labs/lab.ts'
import { openLab, peersIn } from '../../plugins.ts'

export interface Piece {
  readonly cells: readonly Numbered[]
  readonly settings: Settings
}

let lab: Lab | undefined

export default async function play({ cells, settings }: Piece): Promise<readonly Played[]> {
  lab ??= openLab(settings.lab)
  const played: Played[] = []
  for (const cell of cells) played.push(await playCell(cell, { lab, peers: peersIn(settings.lab), settings }))
  return played
}
