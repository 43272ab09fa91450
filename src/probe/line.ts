import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet'
import type { Clock } from '../clock/clock.ts'
import { sniOf } from '../links/access.ts'
import type { Target } from './target.ts'

/** How a connection ended, on the clock. */
export interface Ended {
  readonly how: 'fin' | 'rst'
  readonly atMs: number
  /** How long nothing had been said by then; a DISCONNECT of the broker's does not count. */
  readonly silentMs: number
  readonly saidByBroker: boolean
}

/**
 * A bare MQTT connection that says nothing by itself: no ping, no reconnect, no keep-alive of TCP's. Libraries would break
 * the silence that is to be measured.
 */
export class Line {
  /** What speaks MQTT: the connection itself, or the TLS on it. */
  readonly #socket: Socket
  /** The TCP connection below; only it can be reset. */
  readonly #wire: Socket
  readonly #clock: Clock
  readonly #level: 4 | 5
  readonly #openWord: 'connect' | 'secureConnect'
  readonly #waiting = new Set<() => void>()
  readonly #inbox: Packet[] = []
  readonly ended: Promise<Ended>
  #lastMs: number
  #saidByBroker = false
  #end: Ended | undefined

  constructor(target: Target, level: 4 | 5, clock: Clock) {
    const { host, port, tls, insecure } = target
    this.#clock = clock
    this.#level = level
    this.#lastMs = clock.nowMs()
    this.#openWord = tls ? 'secureConnect' : 'connect'
    this.#wire = connectTcp({ host, port })
    this.#wire.setNoDelay(true)
    this.#socket = tls
      ? connectTls({ socket: this.#wire, host, servername: sniOf(host) ?? '', rejectUnauthorized: insecure !== true })
      : this.#wire
    this.ended = this.#watch()
  }

  /** The last byte, either way. */
  get lastMs(): number {
    return this.#lastMs
  }

  get end(): Ended | undefined {
    return this.#end
  }

  /** Resolves once bytes can be sent. Rejects with the socket's own reason. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once(this.#openWord, resolve)
      this.#socket.once('error', reject)
      this.#socket.once('close', () => reject(new Error('the connection was closed at once')))
    })
  }

  send(packet: Packet): void {
    if (this.#end) return
    this.#lastMs = this.#clock.nowMs()
    this.#socket.write(generate(packet, { protocolVersion: this.#level } as IConnectPacket))
  }

  /** The next packet of this kind, also one that has come already; `undefined` where none comes in time or the connection ends. */
  async next<C extends Packet['cmd']>(cmd: C, withinMs: number): Promise<Extract<Packet, { cmd: C }> | undefined> {
    const untilMs = this.#clock.nowMs() + withinMs
    for (;;) {
      const index = this.#inbox.findIndex(packet => packet.cmd === cmd)
      if (index >= 0) return this.#inbox.splice(index, 1)[0] as Extract<Packet, { cmd: C }>
      if (this.#end || this.#clock.nowMs() >= untilMs) return undefined
      await this.#more(untilMs)
    }
  }

  /** Lets the kernel probe the path by itself. Whole seconds: it counts no others. */
  keepAlive(everyMs: number): void {
    this.#wire.setKeepAlive(true, Math.max(1000, Math.floor(everyMs / 1000) * 1000))
  }

  /** RST: a probe leaves no half-closed connection behind on the boxes on its way. */
  drop(): void {
    if (this.#end) return
    this.#wire.resetAndDestroy()
    this.#socket.destroy()
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

  #watch(): Promise<Ended> {
    const reader = parser({ protocolVersion: this.#level })
    reader.on('packet', (packet: Packet) => {
      // MQTT 5.0 §3.14: the server may say why it closes. That breaks no silence.
      if (packet.cmd === 'disconnect') this.#saidByBroker = true
      else this.#lastMs = this.#clock.nowMs()
      this.#inbox.push(packet)
      this.#wakeAll()
    })
    reader.on('error', () => this.#socket.destroy())
    this.#socket.on('data', chunk => void reader.parse(chunk))
    return new Promise(resolve => {
      const over = (how: 'fin' | 'rst') => {
        if (this.#end) return
        const atMs = this.#clock.nowMs()
        this.#end = { how, atMs, silentMs: atMs - this.#lastMs, saidByBroker: this.#saidByBroker }
        this.#wakeAll()
        resolve(this.#end)
      }
      this.#socket.on('end', () => over('fin'))
      this.#socket.on('error', error => over((error as { code?: string }).code === 'ETIMEDOUT' ? 'fin' : 'rst'))
      this.#socket.on('close', () => over('fin'))
    })
  }
}
