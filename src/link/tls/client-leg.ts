import { TLSSocket } from 'node:tls'
import type { End, Hearer } from '../pipe/ends.ts'
import type { Item } from '../toxics/toxic.ts'
import { type ClientHello, readClientHello } from './client-hello.ts'
import type { Agreed, Inspection, TlsStep } from './inspection.ts'
import { TlsEngine } from './tls-engine.ts'

/**
 * The session between client and link. Until the broker has agreed, what the client sends is kept and not answered.
 * `bare`: it speaks no TLS.
 */
export class ClientLeg {
  readonly #below: End
  readonly #upper: Hearer
  readonly #inspection: Inspection
  #state: 'hello' | 'asked' | 'open' | 'bare' = 'hello'
  #hello: ClientHello | undefined
  #kept: Buffer[] = []
  #engine: TlsEngine | undefined
  #isOver = false

  constructor(below: End, upper: Hearer, inspection: Inspection) {
    this.#below = below
    this.#upper = upper
    this.#inspection = inspection
  }

  arrive(item: Item): void {
    if (this.#isOver) return
    if (item.what === 'bytes') this.#hear(item.bytes)
    else {
      if (item.what === 'fin') this.#engine?.feedEnd()
      this.#upper.arrive('client', item)
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
    if (step.is === 'agreed') void this.#answer(step)
  }

  whenWritten(act: () => void): void {
    if (this.#engine) this.#engine.whenWritten(act)
    else act()
  }

  destroy(): void {
    this.#isOver = true
    this.#kept = []
    this.#engine?.destroy()
  }

  #hear(bytes: Buffer): void {
    if (this.#state === 'bare') this.#pass(bytes)
    else if (this.#engine) this.#feed(bytes)
    else {
      this.#kept.push(bytes)
      if (this.#state === 'hello') this.#greet()
    }
  }

  #pass(bytes: Buffer): void {
    this.#upper.arrive('client', { what: 'bytes', bytes })
  }

  #feed(records: Buffer): void {
    const { length } = records
    if (this.#engine?.feed(records) === false) this.#upper.arrive('client', { what: 'records', length })
  }

  #greet(): void {
    const all = Buffer.concat(this.#kept)
    const hello = readClientHello(all)
    if (hello === 'more') return
    this.#kept = [all]
    if (hello === 'none') {
      this.#state = 'bare'
      this.#kept = []
      this.#pass(all)
      return
    }
    this.#state = 'asked'
    this.#hello = hello
    const message: TlsStep = { is: 'hello', hello }
    this.#upper.arrive('client', { what: 'records', length: all.length, message })
  }

  async #answer(agreed: Agreed): Promise<void> {
    const { alpn } = agreed
    const { clientsCa, contextFor } = this.#inspection
    if (this.#state !== 'asked' || !this.#hello) return
    this.#state = 'open'
    try {
      const secureContext = await contextFor(this.#hello, agreed)
      if (this.#isOver) return
      const options = {
        isServer: true,
        secureContext,
        ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
        ...(clientsCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
      }
      this.#open(options)
    } catch (error) {
      this.#inspection.note('client', (error as Error).message, true)
      this.#refuse()
    }
  }

  #open(options: ConstructorParameters<typeof TLSSocket>[1]): void {
    const engine = new TlsEngine(wire => new TLSSocket(wire as never, options), {
      send: (records, sent) => this.#below.write(records, sent),
      plain: bytes => this.#upper.arrive('client', { what: 'bytes', bytes }),
      ended: () => {
        const message: TlsStep = { is: 'close-notify' }
        this.#upper.arrive('client', { what: 'records', length: 0, message })
      },
      failed: error => {
        this.#inspection.note('client', `TLS with the client has ended: ${reasonOf(error)}`, false)
        this.#refuse()
      },
    })
    this.#engine = engine
    // Node's types have the event of a client only; a server's session says 'secure'.
    engine.session.on('secure' as 'secureConnect', () => this.#check(engine))
    for (const records of this.#kept.splice(0)) engine.feed(records)
  }

  /** Node asks for a certificate; whether it is a good one is left to who asked. */
  #check({ session }: TlsEngine): void {
    if (this.#inspection.clientsCa === undefined) return
    const { ssl } = session as unknown as { readonly ssl?: { verifyError(): Error | null } }
    const error = ssl?.verifyError()
    if (!error) return
    this.#inspection.note('client', `the client's certificate is refused: ${reasonOf(error)}`, false)
    this.#refuse()
  }

  /** As a server does that wants no more of this: its FIN, and nothing of the client goes further. */
  #refuse(): void {
    if (this.#isOver) return
    this.destroy()
    this.#below.fin()
    this.#upper.arrive('client', { what: 'fin' })
  }
}

/** OpenSSL's own words have a file and a line behind the reason. */
export const reasonOf = (error: Error): string =>
  /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1]?.trim() ?? error.message.split('\n')[0] ?? 'unknown'
