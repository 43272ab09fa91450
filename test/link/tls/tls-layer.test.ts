import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, createSecureContext, TLSSocket, type TlsOptions } from 'node:tls'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Authority, newAuthority } from '../../../src/certificates/authority.ts'
import { realClock } from '../../../src/clock/real.ts'
import { embedded } from '../../../src/link/kinds/embedded.ts'
import type { StartedLink } from '../../../src/link/kinds/link.ts'
import type { EventBody } from '../../../src/model/event.ts'
import { sleep, until } from '../kinds/sockets.ts'

const here = '127.0.0.1'
const authority: Promise<Authority> = newAuthority('CA of a test')

/** What a session's end was told, and by what: `close_notify` and `fin` are two things. */
class Session {
  readonly tcp: Socket
  readonly tls: TLSSocket
  text = ''
  readonly told: string[] = []

  constructor(tcp: Socket, make: (tcp: Socket) => TLSSocket) {
    this.tcp = tcp
    tcp.setNoDelay(true)
    this.tls = make(tcp)
    this.tls.on('data', bytes => {
      this.text += String(bytes)
    })
    this.tls.on('secureConnect', () => this.told.push('secure'))
    this.tls.on('end', () => this.told.push('end'))
    this.tls.on('error', (error: NodeJS.ErrnoException) => this.told.push(String(error.code)))
  }
}

interface WorldOptions {
  readonly broker?: TlsOptions
  readonly link?: Readonly<Record<string, unknown>>
}

async function world({ broker = {}, link: more = {} }: WorldOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-test-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const ca = await authority
  const own = await ca.certify({ names: ['broker.example'], use: 'server' })
  const accepted: Session[] = []
  const server = createServer({ allowHalfOpen: true }, tcp => {
    const secureContext = broker.secureContext ?? createSecureContext({ ...own, ca: ca.ca, ...broker })
    const options = { ...broker, isServer: true, secureContext }
    accepted.push(new Session(tcp, socket => new TLSSocket(socket, options)))
  })
  await new Promise<void>(resolve => server.listen(0, here, resolve))
  const { port } = server.address() as { port: number }
  const events: EventBody[] = []
  const link: StartedLink = await embedded.start({
    kit: { clock: realClock(), random: Math.random, runId: 'tls', record: event => void events.push(event) },
    options: { tls: 'inspect', ...more },
    upstream: { host: here, port },
    access: { scheme: 'mqtts', servername: 'broker.example', ca: file('ca.pem', ca.ca) },
    latencyMs: 0,
    jitterMs: 0,
  })
  onTestFinished(async () => {
    await link[Symbol.asyncDispose]()
    for (const { tcp } of accepted) tcp.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const call = (options: ConnectionOptions = {}) => {
    const tcp = dial({ ...link.address, allowHalfOpen: true })
    onTestFinished(() => void tcp.destroy())
    const usual = { ca: String(link.ca), servername: 'broker.example' }
    return new Session(tcp, socket => connect({ ...usual, ...options, socket }))
  }
  const both = async (options?: ConnectionOptions) => {
    const client = call(options)
    await until(() => client.told.length > 0)
    expect(client.told).toEqual(['secure'])
    return { client, broker: accepted.at(-1) as Session }
  }
  const blackhole = (how: 'add' | 'remove') =>
    link.order(
      how === 'remove'
        ? { to: 'link', do: 'remove', key: 'path' }
        : {
            to: 'link',
            do: 'add',
            key: 'path',
            toxic: 'blackhole',
            attributes: { recovery: 'at-once' },
            flows: ['up', 'down'],
          },
      'blackhole#0',
    )
  return { link, events, accepted, call, both, blackhole, file, folder, port }
}

const PING = Buffer.from('c000', 'hex')

describe('a link that inspects TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'lets a session of %s go on where the broker does, and only there',
    async maxVersion => {
      const key = await (await authority).certify({ names: ['broker.example'], use: 'server' })
      const resumes = await world({ broker: { secureContext: createSecureContext(key) } })
      const forgets = await world()
      for (const [{ call, accepted, link }, expected] of [
        [resumes, [false, true, true]],
        [forgets, [false, false, false]],
      ] as const) {
        let session: Buffer | undefined
        for (const reused of expected) {
          const client = call({ maxVersion, ca: String(link.ca), ...(session && { session }) })
          const fresh = new Promise<Buffer>(resolve => client.tls.once('session', resolve))
          await until(() => client.told.includes('secure'))
          expect([client.tls.isSessionReused(), accepted.at(-1)?.tls.isSessionReused()]).toEqual([reused, reused])
          if (!reused) session = await fresh
          client.tls.destroy()
        }
        // Who brings no session of before is not given one.
        const other = call({ maxVersion })
        await until(() => other.told.includes('secure'))
        expect(accepted.at(-1)?.tls.isSessionReused()).toBe(false)
      }
    },
  )

  it('reads the packets, and passes bytes both ways in any quantity', async () => {
    const { both, events } = await world()
    const { client, broker } = await both()
    const large = randomBytes(1024 * 1024).toString('hex')
    client.tls.write(PING)
    broker.tls.write('d000', 'hex')
    await until(() => client.text.length > 0 && broker.text.length > 0)
    const seen = events.flatMap(event => (event.what === 'packet' ? [`${event.packet.cmd} ${event.edge}`] : []))
    expect(seen.toSorted()).toEqual(['pingreq broker', 'pingreq client', 'pingresp broker', 'pingresp client'])
    broker.tls.write(large)
    client.tls.write(large)
    await until(() => client.text.length === large.length + 2 && broker.text.length === large.length + 2)
    expect(client.text.endsWith(large)).toBe(true)
    expect(broker.text.endsWith(large)).toBe(true)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s and the ALPN where the broker does', async version => {
    const { both } = await world({ broker: { maxVersion: version, ALPNProtocols: ['mqtt'] } })
    const { client } = await both({ ALPNProtocols: ['x-other', 'mqtt'] })
    expect([client.tls.getProtocol(), client.tls.alpnProtocol]).toEqual([version, 'mqtt'])
  })

  it('shows a certificate for the name, or for the address where none is asked for; of RSA where nothing else is known', async () => {
    const { both } = await world()
    const named = await both()
    expect(named.client.tls.getPeerCertificate().subjectaltname).toBe('DNS:broker.example')
    const address = await both({ servername: '', host: here })
    expect(address.client.tls.getPeerCertificate().subjectaltname).toContain(`IP Address:${here}`)
    const old = await both({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })
    expect(old.client.tls.getCipher().name).toBe('ECDHE-RSA-AES128-GCM-SHA256')
  })

  it('passes close_notify without FIN, FIN without close_notify, and RST, each as itself', async () => {
    const { both, events } = await world()
    const notified = await both()
    // Node's own end() sends both: the raw socket is kept open here.
    notified.client.tls.write('bye')
    await until(() => notified.broker.text === 'bye')
    const ends = () => events.flatMap(event => (event.what === 'fin' ? [event.edge] : []))
    const cut = await both()
    cut.client.tcp.resetAndDestroy()
    await until(() => cut.broker.told.length > 0)
    expect(cut.broker.told).toEqual(['ECONNRESET'])
    expect(ends()).toEqual([])
    notified.client.tls.end()
    await until(() => notified.broker.told.includes('end'))
    expect(notified.broker.told).toEqual(['end'])
    const notices = events.flatMap(event => (event.what === 'close-notify' ? [`${event.edge}: of ${event.from}`] : []))
    expect(notices).toEqual(['client: of client', 'broker: of client'])
  })

  it('lets nobody finish a handshake through a blackhole, and both go on where it is lifted', async () => {
    const { call, accepted, blackhole } = await world()
    await blackhole('add')
    const client = call()
    await sleep(150)
    expect([client.told, accepted.length]).toEqual([[], 0])
    await blackhole('remove')
    await until(() => client.told.includes('secure'))
  })

  it('takes only clients with a certificate of the CA that is named, and shows the broker one', async () => {
    const made = await newAuthority('CA of clients')
    const good = await made.certify({ names: ['device'], use: 'client' })
    const other = await (await authority).certify({ names: ['device'], use: 'client' })
    const folder = mkdtempSync(join(tmpdir(), 'halfopen-test-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'clients.pem'), made.ca)
    const { call, both, accepted, events } = await world({ link: { clients_ca: join(folder, 'clients.pem') } })
    const { client } = await both(good)
    client.tls.write('hello')
    await until(() => accepted.at(-1)?.text === 'hello')
    for (const wrong of [{}, other]) {
      const refused = call(wrong)
      await until(() => refused.told.some(word => word !== 'secure'))
      refused.tls.on('error', () => {})
    }
    await until(() => events.filter(event => event.what === 'log').length >= 2)
  })

  it('speaks no older TLS than its floor, no newer than its roof, and no other suites than it is given', async () => {
    const floor = await world({ link: { min_version: '1.3' } })
    expect((await floor.both()).client.tls.getProtocol()).toBe('TLSv1.3')
    const old = floor.call({ maxVersion: 'TLSv1.2' })
    await until(() => old.told.length > 0)
    expect(old.told).toEqual(['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'])
    const roof = await world({
      link: { max_version: '1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384' },
    })
    const { client, broker } = await roof.both()
    expect([client, broker].map(({ tls }) => [tls.getProtocol(), tls.getCipher().name.slice(-17)])).toEqual([
      ['TLSv1.2', 'AES256-GCM-SHA384'],
      ['TLSv1.2', 'AES256-GCM-SHA384'],
    ])
  })

  it('passes what is no TLS as it is, and says so', async () => {
    const { link, accepted, events } = await world()
    const tcp = dial({ ...link.address })
    onTestFinished(() => void tcp.destroy())
    tcp.on('error', () => {})
    tcp.write('101000044d5154540402003c000461626364', 'hex')
    // The broker does not like it.
    await until(() => accepted.some(({ told }) => told.length > 0))
    expect(accepted[0]?.told[0]).toMatch(/WRONG_VERSION_NUMBER|ERR_SSL/)
    const notes = events.flatMap(event => (event.who === 'client' && 'note' in event ? [event.note] : []))
    expect(notes).toEqual([expect.stringMatching(/^the client speaks no TLS/)])
  })

  it('is taken for a server by openssl as it is', async () => {
    const { link, file } = await world()
    const args = ['-connect', `${here}:${link.address.port}`, '-CAfile', file('link.pem', String(link.ca))]
    const checks = ['-verify_return_error', '-verify_hostname', 'broker.example', '-servername', 'broker.example']
    const running = promisify(execFile)('openssl', ['s_client', ...args, ...checks])
    running.child.stdin?.end('Q\n')
    const { stdout } = await running
    expect(stdout).toContain('Verify return code: 0 (ok)')
  })
})

it('refuses a broker on another machine unless it is told to', async () => {
  const order = (more: object) =>
    embedded.start({
      kit: { clock: realClock(), random: Math.random, runId: 'tls', record: () => {} },
      options: { tls: 'inspect', ...more },
      upstream: { host: '192.0.2.1', port: 8883 },
      access: { scheme: 'mqtts', servername: 'broker.example' },
      latencyMs: 0,
      jitterMs: 0,
    })
  await expect(order({})).rejects.toThrow('beyond_loopback: true')
  await using _link = await order({ beyond_loopback: true })
})
