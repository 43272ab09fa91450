import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { theProject } from '../../terminal/project.ts'
import type { NumberedCell } from './cell.ts'
import type { ComparisonSettings, PlayedCell } from './comparison.ts'
import type { WorkerPiece } from './worker.ts'

export interface Sweep {
  readonly cells: Iterable<NumberedCell>
  /** How many these are. */
  readonly count: number
  readonly settings: ComparisonSettings
  readonly threads: number
  readonly signal: AbortSignal
  /** Called in the order of the cells. No more are played before it has resolved. */
  done(played: readonly PlayedCell[]): Promise<void>
}

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))

/** Small enough that progress moves and a stop loses little; a piece costs some 0.1 ms to hand over. */
const MOST_IN_A_PIECE = 16
const PIECES_A_THREAD = 20
/** A simulation is short-lived garbage; room for it spares the collector from keeping what is dead in a moment. */
const YOUNG_MB = 64

/** Pieces that a thread has before it, so that it never waits for the next one. */
const PIECES_AHEAD = 3

/** Plays the cells on worker threads. Resolves early where the signal says so; what was under way is then lost. */
export async function sweep(job: Sweep): Promise<void> {
  if (job.signal.aborted || job.count === 0) return
  const pool = new Piscina<WorkerPiece, readonly PlayedCell[]>({
    filename: WORKER,
    minThreads: job.threads,
    maxThreads: job.threads,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  // One listener for all of them: what is queued or under way is then rejected.
  const stop = () => void pool.destroy()
  job.signal.addEventListener('abort', stop, { once: true })
  const handOver = inTurn(job.done)
  const left = pieces(job)
  const playNext = async (): Promise<void> => {
    for (let next = left.next(); !next.done && !job.signal.aborted; next = left.next()) {
      const { number, piece } = next.value
      await handOver(number, await pool.run(piece))
    }
  }
  try {
    await Promise.all(Array.from({ length: job.threads * PIECES_AHEAD }, playNext))
  } catch (error) {
    if (!job.signal.aborted) throw error
  } finally {
    job.signal.removeEventListener('abort', stop)
    await pool.destroy()
  }
}

/** Hands pieces over in the order of their numbers, from 0, one after the other. Who brings one waits until it was taken. */
function inTurn(done: Sweep['done']): (number: number, played: readonly PlayedCell[]) => Promise<void> {
  const waiting = new Map<number, () => void>()
  let due = 0
  return async (number, played) => {
    if (number !== due) await new Promise<void>(resolve => waiting.set(number, resolve))
    await done(played)
    due++
    waiting.get(due)?.()
    waiting.delete(due)
  }
}

function* pieces({ cells, count, settings, threads }: Sweep): Generator<{ number: number; piece: WorkerPiece }> {
  const { file: project } = theProject()
  const size = Math.min(MOST_IN_A_PIECE, Math.max(1, Math.ceil(count / (threads * PIECES_A_THREAD))))
  let number = 0
  let own: NumberedCell[] = []
  const take = () => {
    const piece = { cells: own, settings, ...(project === undefined ? {} : { project }) }
    own = []
    return { number: number++, piece }
  }
  for (const cell of cells) if (own.push(cell) === size) yield take()
  if (own.length > 0) yield take()
}
