import { run } from '../engine/run.ts'
import { faults } from '../faults/index.ts'
import type { Lab, Peers } from '../labs/lab.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Cell } from './cell.ts'
import { kindOf } from './fault.ts'
import type { Numbered } from './grid.ts'
import { measure } from './measure.ts'
import { enough } from './notice.ts'
import type { CellResult } from './result.ts'
import { noticeMs, scenarioOf } from './scenario.ts'
import type { Settings } from './settings.ts'
import { summary } from './summary.ts'

export interface PlaySeat {
  readonly lab: Lab
  readonly peers: Peers
  readonly settings: Settings
  readonly signal?: AbortSignal
}

/** Runs one cell in the lab, as often as its phases ask for, and takes together what was seen. It never throws for a run. */
export async function playCell(numbered: Numbered, seat: PlaySeat): Promise<CellResult> {
  const { cell, index } = numbered
  const kind = kindOf(cell.fault)
  const evidences: Evidence[] = []
  const runOne = (phase: number, number: number) => playRun(numbered, phase, number, seat)
  const phases = phasesOf(cell, seat)
  if (seat.lab.kind.name === 'simulated') {
    for (const [number, phase] of phases.entries()) evidences.push(await runOne(phase, number))
  } else {
    // In real time waiting costs nothing, so all of them wait together.
    evidences.push(...(await Promise.all(phases.map((phase, number) => runOne(phase, number)))))
  }
  const header = evidences[0]?.header
  return summary(
    { cell, index },
    evidences.map(evidence => measure(evidence, noticeMs(cell))),
    {
      models: { client: header?.client.model === true, broker: header?.broker.model === true },
      overTime: kind !== 'path' && !seat.settings.quick,
      hasTraffic: cell.traffic !== 'idle',
    },
  )
}

function playRun({ cell, index }: Numbered, phase: number, number: number, seat: PlaySeat): Promise<Evidence> {
  const { lab, settings, signal } = seat
  const stopWhen = stopFor(cell, settings)
  return run(scenarioOf(cell, phase, settings), lab, faults, {
    // The same chances for every cell, so that cells differ by nothing but their own values.
    seed: (settings.seed + number) >>> 0,
    runId: `c${index.toString(36)}-${number.toString(36)}`,
    ...(stopWhen ? { stopWhen } : {}),
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
