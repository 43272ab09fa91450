/**
 * A middlebox (NAT, firewall, load balancer) that keeps a table of flows and forgets one that was silent too long.
 * Each choice is a real box's: AWS NLB (350 s, RST to who speaks next), Azure (240 s, silent or RST to
 * both), GCP (600 s, inbound blocked until something goes out), HAProxy and nginx (FIN to both).
 *
 *              item that refreshes                  outbound item, if `recreate: outbound`
 *               +-------+                          +--------------------------------+
 *               v       |                          v                                |
 *     [known] --+-------+-- `afterMs` of silence --+--> (onExpiry) --> [forgotten] --+--> (onNext) for every other item
 *
 * - *known*: everything passes. Time counts from the last item that `refreshedBy` lets count, in whichever flow; with
 *   `each-own` both flows have a timer and either one's expiry cuts. A box that is put in place was always there, so it
 *   starts from the connection's last activity and may have forgotten it already.
 * - expiry: `silent` tells nobody; `rst-both` and `fin-both` end the connection there and then.
 * - *forgotten*: with `scope: inbound-only`, `up` passes all the same; else what comes meets `onNext`. Dropped is
 *   dropped for good, for the flow never comes back. But with `recreate: outbound` it does come back, and TCP sends
 *   again what was lost: so then inbound items are held, and let go at the broker's first retransmission after the client
 *   has spoken. An RST creates no state and is not sent again: it passes or it is lost.
 *
 * Lifting brings no forgotten flow back: the table has lost it, whatever the rules say now. So for a connection that
 * it forgot this toxic stays in force until the connection ends.
 *
 * Outbound, the inside, is the client's side: `up`. A broker that was reset has forgotten the connection, so where the inside
 * still gets through, its next packet is answered with the broker's own RST.
 */
import { z } from 'zod'
import { formatMs } from '../../model/duration.ts'
import { type Flow, sourceOf } from '../../model/flow.ts'
import { nextDataRetry } from './retransmission.ts'
import type { Item, Meeting, Ruling, Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({
  /** 0: forgotten the moment that it meets the connection, however busy that is. */
  afterMs: z.number().nonnegative(),
  /** What the real box takes for activity. It counts where a firewall sees packets; a relay sees payload only, and takes that. */
  activity: z.enum(['any-byte', 'packet', 'payload']).exactOptional(),
  refreshedBy: z.enum(['both', 'out', 'in', 'each-own']),
  onExpiry: z.enum(['silent', 'rst-both', 'fin-both']),
  /** By side where they differ: inside is the client's, outside the broker's. */
  onNext: z.union([
    z.enum(['drop', 'rst-sender', 'rst-both']),
    z.strictObject({ inside: z.enum(['drop', 'rst-sender']), outside: z.enum(['drop', 'rst-sender']) }),
  ]),
  scope: z.enum(['both', 'inbound-only']),
  recreate: z.enum(['none', 'outbound']),
})
export type IdleCut = z.infer<typeof options>

/** A flow that is forgotten at once, however busy; nobody is told. */
export const FORGOTTEN: IdleCut = {
  afterMs: 0,
  refreshedBy: 'both',
  onExpiry: 'silent',
  onNext: 'drop',
  scope: 'both',
  recreate: 'none',
}

/** A microsecond: sums of fractions of a millisecond do not come out even. */
const ROUNDING_MS = 0.001

class Table implements ToxicRun {
  readonly #box: IdleCut
  readonly #rttMs: number
  /** When an item last passed, by flow. */
  readonly #seenMs: Record<Flow, number>
  #refreshedMs: number
  #forgotten = false
  #lifted = false
  #refreshes = 0
  #longestMs = 0
  /** The first inbound item that was lost and will be sent again. */
  #lostMs: number | undefined
  #retryMs = Infinity
  /** The broker was reset here, and knows the flow no more. */
  #brokerGone = false

  constructor(box: IdleCut, { lastActivityMs, rttMs }: Meeting) {
    this.#box = box
    this.#rttMs = rttMs
    this.#seenMs = { up: lastActivityMs, down: lastActivityMs }
    this.#refreshedMs = lastActivityMs
  }

  onItem(flow: Flow, item: Item, nowMs: number): readonly Ruling[] {
    const expiry = this.#isDue(nowMs) ? this.#expire(nowMs) : undefined
    const rulings = this.#forgotten ? this.#block(flow, item, nowMs) : this.#pass(flow, item, nowMs)
    return expiry ? [...expiry, ...rulings] : rulings
  }

  onWake(nowMs: number): readonly Ruling[] {
    const expiry = this.#isDue(nowMs) ? this.#expire(nowMs) : []
    const release = nowMs >= this.#retryMs - ROUNDING_MS ? this.#release() : []
    return [...expiry, ...release, ...this.#wake(nowMs)]
  }

  onLift(): boolean {
    this.#lifted = true
    return this.#forgotten || this.#retryMs !== Infinity
  }

  #pass(flow: Flow, item: Item, nowMs: number): Ruling[] {
    const pass: Ruling = { do: 'pass', flow, item, afterMs: 0 }
    this.#seenMs[flow] = nowMs
    if (!this.#counts(flow)) return [pass]
    const silenceMs = nowMs - this.#refreshedMs
    this.#refreshedMs = nowMs
    this.#longestMs = Math.max(this.#longestMs, silenceMs)
    this.#refreshes++
    if (this.#refreshes > 1) return [pass]
    return [{ do: 'mark', what: 'touched', note: `refreshed after ${formatMs(silenceMs)} of silence` }, pass]
  }

  #block(flow: Flow, item: Item, nowMs: number): Ruling[] {
    const { scope, recreate } = this.#box
    const onNext = this.#onNext(flow)
    if (flow === 'up' && this.#brokerGone) return answered(item)
    if (flow === 'up' && recreate === 'outbound' && item.what !== 'rst') return this.#recreate(item, nowMs)
    if (flow === 'up' && scope === 'inbound-only') return [{ do: 'pass', flow, item, afterMs: 0 }]
    if (onNext === 'rst-both')
      return [
        { do: 'drop', flow, item },
        { do: 'end', side: 'both', how: 'rst' },
      ]
    if (onNext === 'rst-sender') {
      this.#brokerGone ||= flow === 'down'
      return [
        { do: 'drop', flow, item },
        { do: 'end', side: sourceOf(flow), how: 'rst' },
      ]
    }
    if (recreate === 'none' || item.what === 'rst') return [{ do: 'drop', flow, item }]
    this.#lostMs ??= nowMs
    return [{ do: 'hold', flow, item }]
  }

  #onNext(flow: Flow): 'drop' | 'rst-sender' | 'rst-both' {
    const { onNext } = this.#box
    if (typeof onNext === 'string') return onNext
    return flow === 'up' ? onNext.inside : onNext.outside
  }

  #recreate(item: Item, nowMs: number): Ruling[] {
    this.#forgotten = false
    this.#seenMs.down = nowMs
    if (this.#lostMs !== undefined) this.#retryMs = nextDataRetry(this.#lostMs, nowMs, this.#rttMs)
    return [...this.#pass('up', item, nowMs), ...this.#wake(nowMs)]
  }

  #release(): Ruling[] {
    this.#lostMs = undefined
    this.#retryMs = Infinity
    return [{ do: 'release', flow: 'down' }]
  }

  #expire(nowMs: number): Ruling[] {
    const { afterMs, onExpiry } = this.#box
    this.#forgotten = true
    this.#retryMs = Infinity
    const silence = formatMs(nowMs - this.#lastRefreshMs())
    const history = `${this.#refreshes} refreshes before, longest silence ${formatMs(this.#longestMs)}`
    const note =
      afterMs > 0
        ? `forgot the flow after ${silence} of silence; ${history}`
        : `forgot the flow without waiting for silence, ${silence} after its last bytes`
    const marks: Ruling[] = [
      { do: 'mark', what: 'touched', note },
      { do: 'mark', what: 'held', note },
    ]
    if (onExpiry === 'silent') return marks
    return [...marks, { do: 'end', side: 'both', how: onExpiry === 'rst-both' ? 'rst' : 'fin' }]
  }

  #wake(nowMs: number): Ruling[] {
    const dueMs = Math.min(this.#retryMs, this.#isCounting() ? this.#deadlineMs() : Infinity)
    return dueMs === Infinity ? [] : [{ do: 'wake', afterMs: dueMs - nowMs }]
  }

  #isCounting(): boolean {
    return !this.#forgotten && !this.#lifted
  }

  #isDue(nowMs: number): boolean {
    return this.#isCounting() && nowMs >= this.#deadlineMs() - ROUNDING_MS
  }

  #deadlineMs(): number {
    return this.#lastRefreshMs() + this.#box.afterMs
  }

  #lastRefreshMs(): number {
    const { up, down } = this.#seenMs
    switch (this.#box.refreshedBy) {
      case 'both':
        return Math.max(up, down)
      case 'out':
        return up
      case 'in':
        return down
      case 'each-own':
        return Math.min(up, down)
    }
  }

  #counts(flow: Flow): boolean {
    const { refreshedBy } = this.#box
    return refreshedBy !== (flow === 'up' ? 'in' : 'out')
  }
}

/** The broker's kernel says that it knows no such connection. An RST is answered by nobody. */
const answered = (item: Item): Ruling[] => [
  { do: 'drop', flow: 'up', item },
  ...(item.what === 'rst' ? [] : [{ do: 'end', side: 'client', how: 'rst' } as const]),
]

export const idleCut: Toxic<IdleCut> = {
  name: 'idle-cut',
  summary: 'a middlebox that forgets a silent flow',
  options,
  start: (attributes, meeting) => new Table(attributes, meeting),
}
