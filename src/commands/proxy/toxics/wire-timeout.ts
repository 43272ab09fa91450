/**
 * Toxiproxy's `timeout`, which is no dead path, whatever it is used for:
 * - it drops bytes, and TCP would send them again;
 * - an end passes at once, so whichever peer gives up first tips off the other;
 * - its timer starts again with each chunk, so while data flows it never closes;
 * - removing it closes the connection, even one that `toxicity` had spared.
 * Our own `blackhole` and `idle_cut` are what people mean.
 */
import { z } from 'zod'
import type { Item, Meeting, Ruling, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { Flow } from '../../../model/flow.ts'
import { closeWhole, pass, startNoop, type WireToxic } from './wire-toxic.ts'

/** Milliseconds; 0: it does not close by itself. */
const options = z.object({ timeout: z.int().default(0) })
type Attributes = z.infer<typeof options>

class Timeout implements ToxicRun {
  readonly #timeoutMs: number
  readonly #flow: Flow
  #dueMs = Infinity
  #closed = false

  constructor({ timeout }: Attributes, flow: Flow) {
    this.#timeoutMs = timeout
    this.#flow = flow
  }

  onItem(flow: Flow, item: Item, nowMs: number): readonly Ruling[] {
    if (this.#closed) return [{ do: 'drop', flow, item }]
    if (item.what !== 'bytes') return [pass(flow, item)]
    return [{ do: 'drop', flow, item }, ...this.#restart(nowMs)]
  }

  onWake(nowMs: number): readonly Ruling[] {
    if (this.#dueMs === Infinity) return this.#restart(nowMs)
    return this.beforeLift()
  }

  beforeLift(): readonly Ruling[] {
    if (this.#closed) return []
    this.#closed = true
    return [closeWhole(this.#flow)]
  }

  onLift(): boolean {
    return true
  }

  #restart(nowMs: number): Ruling[] {
    if (this.#timeoutMs <= 0) return []
    this.#dueMs = nowMs + this.#timeoutMs
    return [{ do: 'wake', afterMs: this.#timeoutMs }]
  }
}

const startSpared = (attributes: Attributes, flow: Flow, meeting: Meeting): ToxicRun => {
  const removal = new Timeout(attributes, flow)
  const noop = startNoop(meeting)
  let lifted = false
  return {
    onItem: (way, item, nowMs) => (lifted ? removal : noop).onItem(way, item, nowMs),
    beforeLift: () => removal.beforeLift(),
    onLift: () => {
      lifted = true
      return true
    },
  }
}

export const timeout: WireToxic<Attributes> = {
  name: 'timeout',
  summary: 'drops bytes, and closes once nothing has come for so long; closes when removed',
  options,
  updates: 'in-place',
  start: (attributes, flow) => new Timeout(attributes, flow),
  startSpared,
}
