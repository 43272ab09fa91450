import type { SecureVersion } from 'node:tls'
import type { End, Hearer } from '../pipe/ends.ts'
import type { ClientHello } from './client-hello.ts'
import type { Inspection, TlsStep } from './inspection.ts'
import { TlsEngine } from './tls-engine.ts'
import { reasonOf, TlsLeg } from './tls-leg.ts'

const ANY: ClientHello = { alpn: [], newest: 0x0304, takesEc: true }

/** The session between link and broker, which begins when the client's ClientHello is through. */
export class BrokerLeg extends TlsLeg {
  #isSecure = false
  #heard = 0

  constructor(below: End, upper: Hearer, inspection: Inspection) {
    super('broker', below, upper, inspection)
  }

  protected hear(bytes: Buffer): void {
    if (this.engine) this.#feed(this.engine, bytes)
    else this.pass({ what: 'bytes', bytes })
  }

  protected told(step: TlsStep): void {
    if (step.is === 'hello' && !this.engine) this.#dial(step.hello)
  }

  /** The transport has been asked for: without a client's ClientHello nothing else begins the session. */
  opened(): void {
    if (this.inspection.plainClients === true) this.#dial(ANY)
  }

  #feed(engine: TlsEngine, records: Buffer): void {
    this.#heard += records.length
    const hasPlain = engine.feed(records)
    if (this.#isSecure && !hasPlain) this.pass({ what: 'records', length: records.length })
  }

  #dial(hello: ClientHello): void {
    const engine = new TlsEngine(wire => this.inspection.dial(wire, hello), {
      send: (records, sent) => this.below.write(records, sent),
      plain: bytes => this.pass({ what: 'bytes', bytes }),
      ended: () => {
        const message: TlsStep = { is: 'close-notify' }
        if (this.#isSecure) this.pass({ what: 'records', length: 0, message })
      },
      failed: error => {
        this.inspection.note('broker', `TLS with the broker has ended: ${reasonOf(error)}`, !this.#isSecure)
        this.giveUp()
      },
    })
    this.engine = engine
    this.inspection.logKeys?.(engine.session)
    engine.session.once('secureConnect', () => this.#agree(engine))
  }

  #agree({ session }: TlsEngine): void {
    this.#isSecure = true
    const version = (session.getProtocol() ?? 'TLSv1.3') as SecureVersion
    const { alpnProtocol: alpn } = session
    const message: TlsStep = {
      is: 'agreed',
      version,
      ...(typeof alpn === 'string' ? { alpn } : {}),
      ...(session.isSessionReused() && { resumed: true as const }),
    }
    this.pass({ what: 'records', length: this.#heard, message })
  }
}
