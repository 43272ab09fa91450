import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { theProject } from '../../terminal/project.ts'
import type { NumberedCell } from './cell.ts'
import type { ComparisonSettings, PlayedCell } from './comparison.ts'
import type { WorkerPiece } from './worker.ts'

export interface Sweep {
  readonly cells: readonly NumberedCell[]
  readonly settings: ComparisonSettings
  readonly threads: number
  readonly signal: AbortSignal
  done(played: readonly PlayedCell[]): void
}

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))

/** Small enough that progress moves and a stop loses little; a piece costs some 0.1 ms to hand over. */
const MOST_IN_A_PIECE = 16
const PIECES_A_THREAD = 20
/** A simulation is short-lived garbage; room for it spares the collector from keeping what is dead in a moment. */
const YOUNG_MB = 64

/** Plays the cells on worker threads. Resolves early where the signal says so; what was under way is then lost. */
export async function sweep(job: Sweep): Promise<void> {
  if (job.signal.aborted || job.cells.length === 0) return
  const pool = new Piscina<WorkerPiece, readonly PlayedCell[]>({
    filename: WORKER,
    minThreads: job.threads,
    maxThreads: job.threads,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  // One listener for all of them: what is queued or under way is then rejected.
  const stop = () => void pool.destroy()
  job.signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.all(pieces(job).map(piece => pool.run(piece).then(job.done)))
  } catch (error) {
    if (!job.signal.aborted) throw error
  } finally {
    job.signal.removeEventListener('abort', stop)
    await pool.destroy()
  }
}

function pieces({ cells, settings, threads }: Sweep): readonly WorkerPiece[] {
  const { file: project } = theProject()
  const size = Math.min(MOST_IN_A_PIECE, Math.max(1, Math.ceil(cells.length / (threads * PIECES_A_THREAD))))
  return Array.from({ length: Math.ceil(cells.length / size) }, (_, i) => ({
    cells: cells.slice(i * size, (i + 1) * size),
    settings,
    ...(project === undefined ? {} : { project }),
  }))
}
