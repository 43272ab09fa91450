import { CROWD_CLASS_MS, type CrowdCount, type CrowdCounts } from './crowd-counts.ts'

/** A step is so long: a storm is over in seconds. */
export const CROWD_STEP_MS = 100

/** Counts what happens to many clients, in memory that hangs on the length of the run and not on how many clients there are. */
export class CrowdTally {
  readonly #fromMs: number
  readonly #counts = new Map<CrowdCount, number[]>()
  readonly #client = new Map<number, number>()
  readonly #broker = new Map<number, number>()

  /** Steps count from `fromMs` of the run's clock. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs
  }

  /** At this moment of the run's clock. */
  count(what: CrowdCount, atMs: number): void {
    const step = Math.max(0, Math.floor((atMs - this.#fromMs) / CROWD_STEP_MS))
    const steps = this.#counts.get(what) ?? []
    this.#counts.set(what, steps)
    while (steps.length <= step) steps.push(0)
    steps[step] = (steps[step] ?? 0) + 1
  }

  clientNoticed(afterMs: number): void {
    add(this.#client, afterMs)
  }

  brokerNoticed(afterMs: number): void {
    add(this.#broker, afterMs)
  }

  figures(devices: number): CrowdCounts {
    return {
      devices,
      stepMs: CROWD_STEP_MS,
      counts: Object.fromEntries(this.#counts),
      ...(this.#client.size > 0 && { clientNoticed: inOrder(this.#client) }),
      ...(this.#broker.size > 0 && { brokerNoticed: inOrder(this.#broker) }),
    }
  }
}

/** Upwards: at least so long it was not, at most it was. */
function add(classes: Map<number, number>, afterMs: number): void {
  const key = Math.ceil(Math.max(0, afterMs) / CROWD_CLASS_MS) * CROWD_CLASS_MS
  classes.set(key, (classes.get(key) ?? 0) + 1)
}

const inOrder = (classes: ReadonlyMap<number, number>): readonly number[] =>
  [...classes].toSorted(([a], [b]) => a - b).flat()
