import { TLSSocket } from 'node:tls'
import type { End, Hearer } from '../pipe/ends.ts'
import { type ClientHello, readClientHello } from './client-hello.ts'
import type { Agreed, Inspection, TlsStep } from './inspection.ts'
import { TlsEngine } from './tls-engine.ts'
import { reasonOf, TlsLeg } from './tls-leg.ts'

const NO_TLS = 'the client speaks no TLS: what it sent first is no ClientHello (RFC 8446 §4.1.2), and went on as it was'

/**
 * The session between client and link. Until the broker has agreed, what the client sends is kept and not answered.
 * `bare`: it speaks no TLS.
 */
export class ClientLeg extends TlsLeg {
  #state: 'hello' | 'asked' | 'open' | 'bare' = 'hello'
  #hello: ClientHello | undefined
  #kept: Buffer[] = []

  constructor(below: End, upper: Hearer, inspection: Inspection) {
    super('client', below, upper, inspection)
    if (inspection.plainClients === true) this.#state = 'bare'
  }

  override destroy(): void {
    super.destroy()
    this.#kept = []
  }

  protected told(step: TlsStep): void {
    if (step.is === 'agreed') void this.#answer(step)
  }

  protected hear(bytes: Buffer): void {
    if (this.#state === 'bare') this.pass({ what: 'bytes', bytes })
    else if (this.engine) this.#feed(this.engine, bytes)
    else {
      this.#kept.push(bytes)
      if (this.#state === 'hello') this.#greet()
    }
  }

  #feed(engine: TlsEngine, records: Buffer): void {
    if (!engine.feed(records)) this.pass({ what: 'records', length: records.length })
  }

  #greet(): void {
    const all = Buffer.concat(this.#kept)
    const hello = readClientHello(all)
    if (hello === 'more') return
    this.#kept = [all]
    if (hello === 'none') {
      this.#state = 'bare'
      this.#kept = []
      this.inspection.note('client', NO_TLS, false)
      this.pass({ what: 'bytes', bytes: all })
      return
    }
    this.#state = 'asked'
    this.#hello = hello
    const message: TlsStep = { is: 'hello', hello }
    this.pass({ what: 'records', length: all.length, message })
  }

  async #answer(agreed: Agreed): Promise<void> {
    const { alpn } = agreed
    const { clientsCa, contextFor } = this.inspection
    if (this.#state !== 'asked' || !this.#hello) return
    this.#state = 'open'
    try {
      const secureContext = await contextFor(this.#hello, agreed)
      if (this.isOver) return
      const options = {
        isServer: true,
        secureContext,
        ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
        ...(clientsCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
      }
      this.#open(options)
    } catch (error) {
      this.inspection.note('client', (error as Error).message, true)
      this.giveUp()
    }
  }

  #open(options: ConstructorParameters<typeof TLSSocket>[1]): void {
    const engine = new TlsEngine(wire => new TLSSocket(wire as never, options), {
      send: (records, sent) => this.below.write(records, sent),
      plain: bytes => this.pass({ what: 'bytes', bytes }),
      ended: () => {
        const message: TlsStep = { is: 'close-notify' }
        this.pass({ what: 'records', length: 0, message })
      },
      failed: error => {
        this.inspection.note('client', `TLS with the client has ended: ${reasonOf(error)}`, false)
        this.giveUp()
      },
    })
    this.engine = engine
    this.inspection.logKeys?.(engine.session)
    // Node's types have the event of a client only; a server's session says 'secure'.
    engine.session.on('secure' as 'secureConnect', () => this.#check(engine))
    for (const records of this.#kept.splice(0)) engine.feed(records)
  }

  /** Node asks for a certificate; whether it is a good one is left to who asked. */
  #check({ session }: TlsEngine): void {
    if (this.inspection.clientsCa === undefined) return
    const { ssl } = session as unknown as { readonly ssl?: { verifyError(): Error | null } }
    // Where this Node does not tell, no certificate passes.
    const error = ssl ? ssl.verifyError() : new Error('this Node does not tell whether it is signed by that CA')
    if (!error) return
    this.inspection.note('client', `the client's certificate is refused: ${reasonOf(error)}`, false)
    this.giveUp()
  }
}
