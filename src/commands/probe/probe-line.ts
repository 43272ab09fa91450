import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet'
import { type Clock, onAbort } from '../../clock/clock.ts'
import { openWire, type Target, tlsWords, type Wire } from './target.ts'

/** How a connection ended, on the clock. */
interface Ended {
  readonly how: 'fin' | 'rst'
  readonly atMs: number
  /** How long nothing had been said by then; a DISCONNECT of the broker's does not count. */
  readonly silentMs: number
  /** How long this end had said nothing by then. */
  readonly unsaidMs: number
  /** Since the connection was made, however busy it was. */
  readonly ageMs: number
  readonly saidByBroker: boolean
}

export interface LineContext {
  readonly target: Target
  readonly clock: Clock
  /** Ends every line at once. */
  readonly over: AbortSignal
}

/** A CONNACK with all its properties is a hundred bytes, a PINGRESP two. What sends so many without being asked is no broker. */
const MOST_UNASKED_BYTES = 64 * 1024

/**
 * A bare MQTT connection that says nothing by itself: no ping, no reconnect, no keep-alive of TCP's. Libraries would break
 * the silence that is to be measured.
 */
export class ProbeLine {
  readonly #wire: Wire
  readonly #context: LineContext
  readonly #level: 4 | 5
  readonly #bornMs: number
  #isOpen = false
  #tellOpen: () => void = () => {}
  readonly #inbox: Inbox
  readonly ended: Promise<Ended>
  #lastMs: number
  #lastSentMs: number
  #unaskedBytes = 0
  #saidByBroker = false
  #end: Ended | undefined
  #fault: string | undefined
  /** Of TCP or TLS below a WebSocket. */
  #below: Error | undefined
  #told: (end: Ended) => void = () => {}

  constructor(context: LineContext, level: 4 | 5) {
    this.#context = context
    this.#level = level
    this.#lastMs = context.clock.nowMs()
    this.#bornMs = this.#lastMs
    this.#lastSentMs = this.#lastMs
    this.#inbox = new Inbox(context.clock)
    this.#wire = openWire(context.target, {
      opened: () => {
        this.#isOpen = true
        this.#tellOpen()
      },
      webPing: () => {
        this.#lastMs = context.clock.nowMs()
      },
      refused: words => this.#fail(words),
      failed: error => {
        this.#below ??= error
      },
    })
    this.ended = this.#watch()
    const forget = onAbort(context.over, () => this.drop())
    void this.ended.then(forget)
  }

  /** The last byte, either way. */
  get lastMs(): number {
    return this.#lastMs
  }

  get end(): Ended | undefined {
    return this.#end
  }

  /** Since it was opened. */
  get ageMs(): number {
    return this.#context.clock.nowMs() - this.#bornMs
  }

  /** Version, cipher and certificate; `undefined` without TLS. */
  get tls(): string | undefined {
    return tlsWords(this.#wire.tls)
  }

  /** Why what came is no answer of a broker; the line has ended then. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** Resolves once bytes can be sent. Rejects with the socket's own reason, or once it takes longer than that. */
  opened(withinMs: number): Promise<void> {
    const { clock, target } = this.#context
    return new Promise((resolve, reject) => {
      const cancel = clock.at(clock.nowMs() + withinMs, () => {
        const what = whatIsMissing(this.#wire, target)
        reject(new Error(`${what} within ${withinMs / 1000} s`))
        this.drop()
      })
      void this.ended.then(cancel)
      this.#tellOpen = () => {
        cancel()
        resolve()
      }
      if (this.#isOpen) this.#tellOpen()
      this.#wire.stream.once('error', error => reject(new Error(this.#fault ?? reasonOf(this.#below ?? error))))
      void this.ended.then(() => reject(new Error(this.#fault ?? 'the connection was closed at once')))
    })
  }

  send(packet: Packet): void {
    if (this.#end) return
    this.#lastMs = this.#context.clock.nowMs()
    this.#lastSentMs = this.#lastMs
    this.#unaskedBytes = 0
    this.#wire.stream.write(generate(packet, { protocolVersion: this.#level } as IConnectPacket))
  }

  /** The next packet of this kind, also one that has come already; `undefined` where none comes in time or the connection ends. */
  next<C extends Packet['cmd']>(cmd: C, withinMs: number): Promise<Extract<Packet, { cmd: C }> | undefined> {
    return this.#inbox.next(cmd, withinMs)
  }

  /** Lets the kernel probe the path by itself. Whole seconds: it counts no others. */
  keepAlive(everyMs: number): void {
    this.#wire.tcp.setKeepAlive(true, Math.max(1000, Math.floor(everyMs / 1000) * 1000))
  }

  /** RST: a probe leaves no half-closed connection behind on the boxes on its way. */
  drop(): void {
    if (this.#end) return
    // One that is not there yet would be reset only once it is.
    const { tcp, stream } = this.#wire
    if (!tcp.connecting) tcp.resetAndDestroy()
    tcp.destroy()
    stream.destroy()
    this.#over('rst')
  }

  #fail(fault: string): void {
    if (this.#end) return
    this.#fault = fault
    this.drop()
  }

  #over(how: 'fin' | 'rst'): void {
    if (this.#end) return
    const atMs = this.#context.clock.nowMs()
    this.#end = {
      how,
      atMs,
      silentMs: atMs - this.#lastMs,
      unsaidMs: atMs - this.#lastSentMs,
      ageMs: atMs - this.#bornMs,
      saidByBroker: this.#saidByBroker,
    }
    this.#inbox.close()
    this.#told(this.#end)
  }

  #watch(): Promise<Ended> {
    const reader = parser({ protocolVersion: this.#level })
    reader.on('packet', (packet: Packet) => {
      // MQTT 5.0 §3.14: the server may say why it closes. That breaks no silence.
      if (packet.cmd === 'disconnect') this.#saidByBroker = true
      else this.#lastMs = this.#context.clock.nowMs()
      this.#inbox.put(packet)
    })
    reader.on('error', error => this.#fail(`what it answers is no MQTT (${error.message})`))
    const { stream } = this.#wire
    stream.on('data', (chunk: Buffer) => {
      if (this.#end) return
      this.#unaskedBytes += chunk.length
      if (this.#unaskedBytes > MOST_UNASKED_BYTES) this.#fail('it sends more than a broker has to answer')
      else reader.parse(chunk)
    })
    stream.on('end', () => this.#over('fin'))
    stream.on('error', error => this.#over((error as { code?: string }).code === 'ETIMEDOUT' ? 'fin' : 'rst'))
    stream.on('close', () => this.#over('fin'))
    return new Promise(resolve => {
      this.#told = resolve
    })
  }
}

/** As far as it came. */
function whatIsMissing({ tcp, isSecure }: Wire, target: Target): string {
  if (tcp.connecting) return 'no connection'
  if (target.tls && !isSecure()) return 'no TLS'
  return target.web ? 'no WebSocket' : 'no connection'
}

/** Several addresses make an error without words of its own; OpenSSL's words come with the line of its source. */
function reasonOf(error: Error): string {
  const first = error instanceof AggregateError ? error.errors.find(each => each instanceof Error) : undefined
  const { message } = (first as Error | undefined) ?? error
  const [, ssl] = /^[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):/.exec(message) ?? []
  return ssl === undefined ? message : `TLS: ${ssl}`
}

/** Of each kind: more than a probe ever waits for. A broker that speaks without being asked fills no memory. */
const MOST_KEPT = 16

/** What the other end has said, until somebody asks for it. */
class Inbox {
  readonly #clock: Clock
  readonly #packets = new Map<Packet['cmd'], Packet[]>()
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  put(packet: Packet): void {
    const kept = this.#packets.get(packet.cmd) ?? []
    this.#packets.set(packet.cmd, kept)
    if (kept.length < MOST_KEPT) kept.push(packet)
    this.#wakeAll()
  }

  /** Nothing comes any more: whoever waits is let go. */
  close(): void {
    this.#closed = true
    this.#wakeAll()
  }

  /** The next packet of this kind, also one that has come already; `undefined` where none comes in time, or none can. */
  async next<C extends Packet['cmd']>(cmd: C, withinMs: number): Promise<Extract<Packet, { cmd: C }> | undefined> {
    const untilMs = this.#clock.nowMs() + withinMs
    for (;;) {
      const packet = this.#packets.get(cmd)?.shift()
      if (packet) return packet as Extract<Packet, { cmd: C }>
      if (this.#closed || this.#clock.nowMs() >= untilMs) return undefined
      await this.#more(untilMs)
    }
  }

  #more(untilMs: number): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        cancel()
        this.#waiting.delete(wake)
        resolve()
      }
      const cancel = this.#clock.at(untilMs, wake)
      this.#waiting.add(wake)
    })
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}
