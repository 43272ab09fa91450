/**
 * Toxiproxy's `reset_peer` sets SO_LINGER to 0 when a connection begins, and closes after the first chunk. So a connection
 * that began before it sees FIN instead of RST, and one that began under it sees RST for every end, even where `toxicity`
 * spared it. Our own `reset` sends a true RST to live connections too.
 */
import { z } from 'zod'
import type { Item, Meeting, Ruling, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { Flow } from '../../../model/flow.ts'
import { closeWhole, pass, type WireToxic } from './wire-toxic.ts'

/** Milliseconds from the first chunk. */
const options = z.object({ timeout: z.int().default(0) })
type Attributes = z.infer<typeof options>

class ResetPeer implements ToxicRun {
  readonly #timeoutMs: number
  readonly #flow: Flow
  readonly #lingers: boolean
  readonly #spared: boolean
  /** Finite once the first chunk has come. */
  #dueMs = Infinity
  #closed = false

  constructor({ timeout }: Attributes, flow: Flow, { fresh, previous }: Meeting, spared: boolean) {
    this.#timeoutMs = Math.max(0, timeout)
    this.#flow = flow
    this.#lingers = previous instanceof ResetPeer ? previous.#lingers : fresh === true
    this.#spared = spared
  }

  get isDone(): boolean {
    return this.#closed || this.#dueMs !== Infinity
  }

  onItem(flow: Flow, item: Item, nowMs: number): readonly Ruling[] {
    if (this.#closed && flow === this.#flow) return [{ do: 'drop', flow, item }]
    if (item.what === 'open') return [pass(flow, item)]
    const triggers = flow === this.#flow && !this.#spared
    if (!triggers) return item.what === 'fin' && this.#lingers ? this.#close() : [pass(flow, item)]
    const rest: Ruling = { do: 'drop', flow, item }
    if (this.#dueMs !== Infinity) return [rest]
    this.#dueMs = nowMs + this.#timeoutMs
    return [rest, ...this.onWake(nowMs)]
  }

  onWake(nowMs: number): readonly Ruling[] {
    if (this.#closed || this.#dueMs === Infinity) return []
    return nowMs < this.#dueMs ? [{ do: 'wake', afterMs: this.#dueMs - nowMs }] : this.#close()
  }

  onLift(): boolean {
    return this.isDone
  }

  #close(): Ruling[] {
    this.#closed = true
    return [this.#lingers ? { do: 'end', side: 'both', how: 'rst' } : closeWhole(this.#flow)]
  }
}

/** An update can't stop one that has begun to wait. */
function start(attributes: Attributes, flow: Flow, meeting: Meeting, spared: boolean): ToxicRun {
  const { previous } = meeting
  if (previous instanceof ResetPeer && previous.isDone) return previous
  return new ResetPeer(attributes, flow, meeting, spared)
}

export const resetPeer: WireToxic<Attributes> = {
  name: 'reset_peer',
  summary: 'RST to both at the first chunk; only FIN on connections that were there before',
  options,
  updates: 'in-place',
  watchesBoth: true,
  start: (attributes, flow, meeting) => start(attributes, flow, meeting, false),
  startSpared: (attributes, flow, meeting) => start(attributes, flow, meeting, true),
}
