import type { SecureVersion } from 'node:tls'
import type { End, Hearer } from '../pipe/ends.ts'
import type { Item } from '../toxics/toxic.ts'
import type { ClientHello } from './client-hello.ts'
import { reasonOf } from './client-leg.ts'
import type { Inspection, TlsStep } from './inspection.ts'
import { TlsEngine } from './tls-engine.ts'

/** The session between link and broker, which begins when the client's ClientHello is through. Without one, bytes pass as they are. */
export class BrokerLeg {
  readonly #below: End
  readonly #upper: Hearer
  readonly #inspection: Inspection
  #engine: TlsEngine | undefined
  #isSecure = false
  #heard = 0
  #isOver = false

  constructor(below: End, upper: Hearer, inspection: Inspection) {
    this.#below = below
    this.#upper = upper
    this.#inspection = inspection
  }

  arrive(item: Item): void {
    if (this.#isOver) return
    if (item.what === 'bytes' && this.#engine) this.#feed(this.#engine, item.bytes)
    else {
      if (item.what === 'fin') this.#engine?.feedEnd()
      this.#upper.arrive('broker', item)
    }
  }

  write(bytes: Buffer, sent: () => void): void {
    if (this.#engine) this.#engine.write(bytes, sent)
    else this.#below.write(bytes, sent)
  }

  /** What the other leg has said, once it is through. */
  tell(message: unknown): void {
    const step = message as TlsStep
    if (step.is === 'close-notify') this.#engine?.end()
    if (step.is === 'hello' && !this.#engine) this.#dial(step.hello)
  }

  whenWritten(act: () => void): void {
    if (this.#engine) this.#engine.whenWritten(act)
    else act()
  }

  destroy(): void {
    this.#isOver = true
    this.#engine?.destroy()
  }

  #feed(engine: TlsEngine, records: Buffer): void {
    this.#heard += records.length
    const hasPlain = engine.feed(records)
    if (this.#isSecure && !hasPlain) this.#upper.arrive('broker', { what: 'records', length: records.length })
  }

  #dial(hello: ClientHello): void {
    const engine = new TlsEngine(wire => this.#inspection.dial(wire, hello), {
      send: (records, sent) => this.#below.write(records, sent),
      plain: bytes => this.#upper.arrive('broker', { what: 'bytes', bytes }),
      ended: () => {
        const message: TlsStep = { is: 'close-notify' }
        if (this.#isSecure) this.#upper.arrive('broker', { what: 'records', length: 0, message })
      },
      failed: error => {
        this.#inspection.note('broker', `TLS with the broker has ended: ${reasonOf(error)}`, !this.#isSecure)
        this.#giveUp()
      },
    })
    this.#engine = engine
    engine.session.once('secureConnect', () => this.#agree(engine))
  }

  #agree({ session }: TlsEngine): void {
    this.#isSecure = true
    const version = (session.getProtocol() ?? 'TLSv1.3') as SecureVersion
    const { alpnProtocol: alpn } = session
    const message: TlsStep = { is: 'agreed', version, ...(typeof alpn === 'string' ? { alpn } : {}) }
    this.#upper.arrive('broker', { what: 'records', length: this.#heard, message })
  }

  #giveUp(): void {
    if (this.#isOver) return
    this.destroy()
    this.#below.fin()
    this.#upper.arrive('broker', { what: 'fin' })
  }
}
