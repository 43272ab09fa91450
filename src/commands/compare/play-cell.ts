import { run } from '../../engine/run.ts'
import { faults } from '../../faults/index.ts'
import type { Lab, Peers } from '../../labs/lab.ts'
import type { Evidence, PeerVersion } from '../../model/evidence.ts'
import type { Cell } from './cell.ts'
import { kindOf } from './fault.ts'
import type { Numbered } from './grid.ts'
import { measure } from './measure.ts'
import { enough, withoutPings } from './notice.ts'
import type { CellResult } from './result.ts'
import { scenarioOf, watchedMs } from './scenario.ts'
import { type Settings, SIMULATED } from './settings.ts'
import { summary } from './summary.ts'

export interface PlaySeat {
  readonly lab: Lab
  readonly peers: Peers
  readonly settings: Settings
  readonly signal?: AbortSignal
}

/** A cell's figures, and who the peers were. */
export interface Played {
  readonly result: CellResult
  readonly client: PeerVersion | undefined
  readonly broker: PeerVersion | undefined
}

/** Runs one cell in the lab, as often as its phases ask for, and takes together what was seen. It never throws for a run. */
export async function playCell(numbered: Numbered, seat: PlaySeat): Promise<Played> {
  const { cell } = numbered
  const evidences = await playPhases(numbered, seat)
  const result = summary(
    numbered,
    evidences.map(evidence => measure(evidence, watchedMs(cell))),
    {
      overTime: kindOf(cell.fault) !== 'path' && !seat.settings.quick,
      hasTraffic: cell.traffic !== 'idle',
    },
  )
  return { result, client: evidences[0]?.header.client, broker: evidences[0]?.header.broker }
}

async function playPhases(numbered: Numbered, seat: PlaySeat): Promise<readonly Evidence[]> {
  const phases = phasesOf(numbered.cell, seat)
  // In real time waiting costs nothing, so all of them wait together.
  if (seat.lab.kind.name !== SIMULATED)
    return Promise.all(phases.map((phase, number) => playRun(numbered, phase, number, seat)))
  const evidences: Evidence[] = []
  for (const [number, phase] of phases.entries()) evidences.push(await playRun(numbered, phase, number, seat))
  return evidences
}

function playRun({ cell, index }: Numbered, phase: number, number: number, seat: PlaySeat): Promise<Evidence> {
  const { lab, settings, signal } = seat
  const stopWhen = stopFor(cell, settings)
  return run(scenarioOf(cell, phase, settings), lab, faults, {
    // The same chances for every cell, so that cells differ by nothing but their own values.
    seed: (settings.seed + number) >>> 0,
    runId: `c${index.toString(36)}-${number.toString(36)}`,
    ...(stopWhen ? { stopWhen } : {}),
    ...(settings.quick ? { keep: withoutPings(), unwitnessed: cell.traffic === 'idle' } : {}),
    ...(signal ? { signal } : {}),
  })
}

function stopFor(cell: Cell, { quick }: Settings): ReturnType<typeof enough> | undefined {
  if (quick) return enough('first')
  return kindOf(cell.fault) === 'path' ? enough('both') : undefined
}

/**
 * Where in the silence the path breaks; its ends are the best and the worst case. What a middlebox does hangs on no
 * such moment; but a broker that scans at a time of its own has one, by its seed.
 */
function phasesOf(cell: Cell, { peers, settings: { phases } }: PlaySeat): readonly number[] {
  const broker = peers.brokers.get(cell.broker)
  const isExact = broker?.embed !== undefined && broker.model === undefined
  if (kindOf(cell.fault) !== 'path' && isExact) return [0]
  return phases === 1 ? [0.5] : Array.from({ length: phases }, (_, i) => i / (phases - 1))
}
