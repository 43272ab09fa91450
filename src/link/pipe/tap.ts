/**
 * Writes down what passes the two edges of one connection. Where that can't be read (TLS), only how much and when.
 *
 * - edge client, from client: the client did it and the link saw it. Edge broker, from client: it was handed on to the
 *   broker. The other way round likewise. From fault: the link itself ended it there.
 * - A packet is dated where it enters when its last byte arrives, and where it leaves when that byte is written.
 */
import type { Dated } from '../../clock/clock.ts'
import type { Kit, Record } from '../../clock/kit.ts'
import type { EdgeEvent } from '../../model/event.ts'
import { type Flow, flowFrom, opposite, type Side, sourceOf } from '../../model/flow.ts'
import { StreamPlace } from '../../websocket/stream-place.ts'
import { newConversation, StreamReader } from '../../websocket/stream-reader.ts'
import { type Item, stepOf } from '../toxics/toxic.ts'

/** What a connection tells whoever watches it. The bytes of an item may be overwritten after the call: whoever keeps some copies them. */
export type Watch = Pick<Tap, 'entered' | 'left' | 'ended' | 'leavingPosition'> &
  Partial<Pick<Tap, 'endedUnread' | 'unseen'>>

/** For a connection that is no evidence. No toxic may stand in it that asks where its packets are. */
export const unwatched: Watch = { entered() {}, left() {}, ended() {}, leavingPosition: flow => new StreamPlace(flow) }

export class Tap {
  readonly #notice: Record
  /** Of what the link itself hands on. */
  readonly #act: Record
  readonly #conn: number
  readonly #entering: { readonly [F in Flow]: StreamReader }
  readonly #leaving: { readonly [F in Flow]: StreamReader }
  readonly #undecoded = new Set<Flow>()

  constructor({ record, ownActs }: Pick<Kit, 'record' | 'ownActs'>, conn: number) {
    const talk = newConversation()
    this.#notice = record
    this.#act = ownActs?.record ?? record
    this.#conn = conn
    this.#entering = { up: new StreamReader(talk, 'up'), down: new StreamReader(talk, 'down') }
    this.#leaving = { up: new StreamReader(talk, 'up'), down: new StreamReader(talk, 'down') }
  }

  /** `side` sent it. */
  entered(side: Side, item: Item): void {
    const flow = flowFrom(side)
    if (item.what === 'bytes') this.#watch(this.#entering[flow], this.#notice, flow, side, item.bytes)
    else if (item.what === 'records') this.#hears(item, this.#notice, { edge: side, from: side })
    else this.#notice({ who: 'link', what: item.what, edge: side, from: side, conn: this.#conn, ...kernelsOwn(item) })
  }

  /** It is handed to `side`. */
  left(side: Side, item: Item): void {
    const flow = flowFrom(opposite(side))
    if (item.what === 'bytes') this.#watch(this.#leaving[flow], this.#act, flow, side, item.bytes)
    else if (item.what === 'records') this.#hears(item, this.#act, { edge: side, from: sourceOf(flow) })
    else this.#act({ who: 'link', what: item.what, edge: side, from: sourceOf(flow), conn: this.#conn })
  }

  /** The link itself ended the connection towards `side`. */
  ended(side: Side, how: 'fin' | 'rst'): void {
    this.#act({ who: 'link', what: how, edge: side, from: 'fault', conn: this.#conn })
  }

  /** `side` has closed its end, behind bytes that the link has not read: so many, a moment before. */
  endedUnread(side: Side, how: 'fin' | 'rst', unread: number, { atMs, lateMs }: Dated): void {
    this.#notice({ who: 'link', what: how, edge: side, from: side, conn: this.#conn, unread, atMs, lateMs })
  }

  /** So much has the program of `side` written that its kernel has not sent. */
  unsent(side: Side, bytes: number): void {
    this.#notice({ who: 'link', what: 'unsent', flow: flowFrom(side), edge: side, conn: this.#conn, bytes })
  }

  /** Whether `side` closes while it is not read is not to be seen. */
  unseen(side: Side): void {
    const note = `the ${side} is not on this machine, so whether it closes a connection that the link does not read can't be seen`
    this.#notice({ who: 'harness', what: 'trouble', note })
  }

  /** Where the packets of this flow stand as they leave. */
  leavingPosition(flow: Flow): StreamPlace {
    return this.#leaving[flow].place()
  }

  #hears(item: Item, record: Record, where: Pick<EdgeEvent, 'edge' | 'from'>): void {
    if (stepOf(item) === 'close-notify') record({ who: 'link', what: 'close-notify', ...where, conn: this.#conn })
  }

  #watch(reader: StreamReader, record: Record, flow: Flow, edge: Side, bytes: Buffer): void {
    for (const seen of reader.push(bytes)) {
      if ('packet' in seen) record({ who: 'link', flow, edge, conn: this.#conn, what: 'packet', packet: seen.packet })
      else if ('websocket' in seen)
        record({ who: 'link', flow, edge, conn: this.#conn, what: 'websocket', frame: seen.websocket })
      else if (!this.#undecoded.has(flow)) {
        this.#undecoded.add(flow)
        const sealed = flow === 'up' && reader.sealed ? { sealed: reader.sealed } : {}
        record({ who: 'link', flow, edge, conn: this.#conn, what: 'undecoded', ...sealed, note: seen.undecoded })
      }
    }
    if (reader.damaged) record({ who: 'link', flow, edge, conn: this.#conn, what: 'data', bytes: bytes.length })
  }
}

const kernelsOwn = (item: Item): Pick<EdgeEvent, 'unacknowledged'> =>
  item.what === 'rst' && item.unacknowledged ? { unacknowledged: true } : {}
