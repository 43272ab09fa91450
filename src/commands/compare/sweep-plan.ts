import type { Admission } from '../../labs/lab.ts'
import { formatMs } from '../../model/duration.ts'
import { theCatalog } from '../../terminal/project.ts'
import type { Cell, NumberedCell } from './cell.ts'
import { type ComparisonSettings, type LeftOutCell, SIMULATED } from './comparison.ts'
import { lengthMs, scenarioOf } from './play-cell.ts'

/** Which cells the lab can play, and within `longestMs` where it plays in real time. Each walk makes the cells anew. */
export interface SweepPlan {
  readonly plays: number
  readonly leftOut: number
  cellsToPlay(): Iterable<NumberedCell>
  cellsLeftOut(): Iterable<LeftOutCell>
}

export async function planned(
  cells: () => Iterable<NumberedCell>,
  settings: ComparisonSettings,
  longestMs: number,
): Promise<SweepPlan> {
  await using lab = theCatalog().openLab(settings.lab)
  const admissions = new Map<string, Admission>()
  // Intervals change nothing in what a lab can do.
  const keyOf = ({ broker, client, fault, traffic, maxKeepaliveS }: Cell) =>
    JSON.stringify([broker, client, fault, traffic, maxKeepaliveS])
  const reasonFor = (cell: Cell): string | undefined => {
    const admission = unimposable(cell) ?? admissions.get(keyOf(cell)) ?? true
    return admission === true ? tooLong(cell, settings, longestMs) : admission.reason
  }
  let [plays, leftOut] = [0, 0]
  for (const { cell } of cells()) {
    const key = keyOf(cell)
    if (!unimposable(cell) && !admissions.has(key)) admissions.set(key, await lab.admits(scenarioOf(cell, 0, settings)))
    if (reasonFor(cell) === undefined) plays++
    else leftOut++
  }
  return {
    plays,
    leftOut,
    *cellsToPlay() {
      for (const each of cells()) if (reasonFor(each.cell) === undefined) yield each
    },
    *cellsLeftOut() {
      for (const { index, cell } of leftOut > 0 ? cells() : []) {
        const reason = reasonFor(cell)
        if (reason !== undefined) yield { index, cell, reason }
      }
    },
  }
}

/** Only a broker of MQTT 5.0 can impose a keep-alive, and only one that has the option. */
function unimposable({ broker, maxKeepaliveS }: Cell): Admission | undefined {
  if (maxKeepaliveS === null) return undefined
  const kind = theCatalog().peers.brokers.get(broker)
  const imposes = kind?.protocols.includes(5) && kind.options.safeParse({ max_keepalive: maxKeepaliveS }).success
  return imposes ? undefined : { result: 'unsupported', reason: `the broker ${broker} can't impose a keep-alive` }
}

function tooLong(cell: Cell, settings: ComparisonSettings, longestMs: number): string | undefined {
  const ms = lengthMs(cell, 1, settings)
  if (settings.lab === SIMULATED || ms <= longestMs) return undefined
  return `takes up to ${formatMs(Math.ceil(ms))} of real time; at most ${formatMs(longestMs)} (--longest)`
}
