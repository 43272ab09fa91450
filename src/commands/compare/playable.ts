import type { Admission } from '../../labs/lab.ts'
import { formatMs } from '../../model/duration.ts'
import { theCatalog } from '../../terminal/project.ts'
import type { Cell } from './cell.ts'
import type { LeftOut } from './comparison.ts'
import type { Numbered } from './grid.ts'
import { lengthMs, scenarioOf } from './scenario.ts'
import { type Settings, SIMULATED } from './settings.ts'

export interface Playable {
  readonly plays: readonly Numbered[]
  readonly leftOut: readonly LeftOut[]
}

/** Which cells the lab can play, and within `longestMs` where it plays in real time; the others with the reason. */
export async function playable(cells: readonly Numbered[], settings: Settings, longestMs: number): Promise<Playable> {
  await using lab = theCatalog().openLab(settings.lab)
  const admissions = new Map<string, Admission>()
  const reasonFor = async (cell: Cell): Promise<string | undefined> => {
    // Intervals change nothing in what a lab can do.
    const { broker, client, fault, traffic, maxKeepaliveS } = cell
    const key = JSON.stringify([broker, client, fault, traffic, maxKeepaliveS])
    const admission = unimposable(cell) ?? admissions.get(key) ?? (await lab.admits(scenarioOf(cell, 0, settings)))
    admissions.set(key, admission)
    return admission === true ? tooLong(cell, settings, longestMs) : admission.reason
  }
  const plays: Numbered[] = []
  const leftOut: LeftOut[] = []
  for (const { index, cell } of cells) {
    const reason = await reasonFor(cell)
    if (reason === undefined) plays.push({ index, cell })
    else leftOut.push({ index, cell, reason })
  }
  return { plays, leftOut }
}

/** Only a broker of MQTT 5.0 can impose a keep-alive, and only one that has the option. */
function unimposable({ broker, maxKeepaliveS }: Cell): Admission | undefined {
  if (maxKeepaliveS === null) return undefined
  const kind = theCatalog().peers.brokers.get(broker)
  const imposes = kind?.protocols.includes(5) && kind.options.safeParse({ max_keepalive: maxKeepaliveS }).success
  return imposes ? undefined : { result: 'unsupported', reason: `the broker ${broker} can't impose a keep-alive` }
}

function tooLong(cell: Cell, settings: Settings, longestMs: number): string | undefined {
  const ms = lengthMs(cell, 1, settings)
  if (settings.lab === SIMULATED || ms <= longestMs) return undefined
  return `takes up to ${formatMs(Math.ceil(ms))} of real time; at most ${formatMs(longestMs)} (--longest)`
}
