/** An answer follows at once, and many logs date in whole seconds. */
export const AT_ONCE_MS = 1500
/** An answer that takes longer was not held up by the answerer's own work. */
export const LATE_MS = 5000
const MOST_UNACKED = 64

/** QoS 1 and 2 messages to the client, and how long their acknowledgement took. */
export interface LateAcks {
  prompt: number
  late: number
  /** The longest silence of both before a message that was acknowledged at once. */
  promptAfterMs: number
  /** The shortest time since the client's last packet before a message that was acknowledged late. */
  lateAfterMs: number
  slowestMs: number
  /** Of the late ones: how many came together with the client's first packet since. */
  withNext: number
}

export const noAcks = (): LateAcks => ({
  prompt: 0,
  late: 0,
  promptAfterMs: 0,
  lateAfterMs: Infinity,
  slowestMs: 0,
  withNext: 0,
})

/** Times the acknowledgements of one connection's messages to the client. */
export class AckWatch {
  readonly #acks: LateAcks
  #unacked: Map<number, { sentMs: number; quietMs: number; sinceUpMs: number }> | undefined

  constructor(acks: LateAcks) {
    this.#acks = acks
  }

  /** `quietMs`: since the last packet of either; `lastUpMs`: the date of the client's last one. */
  sent(atMs: number, mid: number, quietMs: number, lastUpMs: number): void {
    this.#unacked ??= new Map()
    if (this.#unacked.size >= MOST_UNACKED) return
    this.#unacked.set(mid, { sentMs: atMs, quietMs, sinceUpMs: atMs - lastUpMs })
  }

  /** `lastUpMs`: of the client's packet before this acknowledgement. */
  acked(atMs: number, mid: number, lastUpMs: number): void {
    const sent = this.#unacked?.get(mid)
    if (!sent) return
    this.#unacked?.delete(mid)
    const acks = this.#acks
    const tookMs = atMs - sent.sentMs
    if (tookMs <= LATE_MS) {
      acks.prompt++
      acks.promptAfterMs = Math.max(acks.promptAfterMs, sent.quietMs)
      return
    }
    acks.late++
    acks.lateAfterMs = Math.min(acks.lateAfterMs, sent.sinceUpMs)
    acks.slowestMs = Math.max(acks.slowestMs, tookMs)
    // The client's first packet since the message was sent came at most a moment before.
    if (lastUpMs <= sent.sentMs || atMs - lastUpMs <= 2 * AT_ONCE_MS) acks.withNext++
  }
}
