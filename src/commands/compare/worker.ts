/** One thread of a sweep: piscina calls the default export with each piece of work. */

import type { Project } from '../../config.ts'
import type { Lab } from '../../labs/lab.ts'
import { loadProject } from '../../load-project.ts'
import type { NumberedCell } from './cell.ts'
import type { ComparisonSettings, PlayedCell } from './comparison.ts'
import { playCell } from './play-cell.ts'
import { QuietCells } from './quiet-cells.ts'

export interface WorkerPiece {
  readonly cells: readonly NumberedCell[]
  readonly settings: ComparisonSettings
  /** The project's config, which each thread loads for itself. */
  readonly project?: string
}

let project: Promise<Project> | undefined
let lab: Lab | undefined
const quiet = new QuietCells()

export default async function play({ cells, settings, project: file }: WorkerPiece): Promise<readonly PlayedCell[]> {
  project ??= loadProject(file, { cwd: process.cwd(), color: false })
  const { openLab, peersIn } = (await project).catalog
  lab ??= openLab(settings.lab)
  const played: PlayedCell[] = []
  for (const cell of cells) played.push(await playCell(cell, { lab, peers: peersIn(settings.lab), settings, quiet }))
  return played
}
