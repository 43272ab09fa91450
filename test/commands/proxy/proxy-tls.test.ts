import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newAuthority } from '../../../src/certificates/authority.ts'
import { type ProxyServer, startProxyServer } from '../../../src/commands/proxy/server.ts'
import { raw } from '../../conformance/toxiproxy/http.ts'
import { noMosquitto, noMosquittoSub, noProgram, titled } from '../../needs.ts'
import {
  makePki,
  PASSWORD,
  type Pki,
  type SecureBroker,
  startSecureBroker,
  USER,
} from '../../peers/brokers/external/secure.ts'

const missing = noProgram('curl') ?? noProgram('openssl') ?? noMosquitto ?? noMosquittoSub
const LIMIT = { timeout: 20_000, reject: false } as const

let pki: Pki
let broker: SecureBroker
let api: ProxyServer
let https: ReturnType<typeof createServer>
let dir: string
const notes: string[] = []
beforeAll(async () => {
  if (missing !== undefined) return
  ;[pki, dir] = await Promise.all([makePki(), mkdtemp(join(tmpdir(), 'halfopen-proxy-'))])
  broker = await startSecureBroker(pki)
  const authority = await newAuthority('CA of a web server')
  const leaf = await authority.certify({ names: ['web.test', 'localhost'], use: 'server' })
  await writeFile(join(dir, 'web-ca.pem'), authority.ca)
  https = createServer(
    { ...leaf, ALPNProtocols: ['http/1.1'] },
    (_, answer) => void answer.end('seen inside\n'),
  ).listen(0)
  await once(https, 'listening')
  api = await startProxyServer({
    listen: { host: '127.0.0.1', port: 0 },
    proxies: [],
    seed: 1,
    version: '1.2.3',
    note: text => void notes.push(text),
  })
}, 60_000)
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  https?.close()
  await broker?.[Symbol.asyncDispose]()
  await pki?.[Symbol.asyncDispose]()
  if (dir !== undefined) await rm(dir, { recursive: true, force: true })
})

interface Made {
  readonly status: number
  readonly port: string
  /** The file of the CA that its clients have to trust. */
  readonly ca: string
  readonly text: string
}

async function make(name: string, upstreamPort: number, tls: object): Promise<Made> {
  const body = JSON.stringify({ name, listen: '127.0.0.1:0', upstream: `localhost:${upstreamPort}`, tls })
  const { status, text } = await raw(api.url, 'POST', '/proxies', body)
  const ca = join(dir, `${name}.pem`)
  const made = JSON.parse(text) as { listen?: string; tls?: { ca?: string } }
  await writeFile(ca, made.tls?.ca ?? '')
  return { status, port: made.listen?.split(':')[1] ?? '', ca, text }
}

const toxic = (name: string, type: string, attributes: object = {}, stream = 'downstream') =>
  raw(api.url, 'POST', `/proxies/${name}/toxics`, JSON.stringify({ type, stream, attributes }))

const publish = ({ port, ca }: Made, ...more: readonly string[]) =>
  execa('mosquitto_pub', ['-h', 'localhost', '-p', port, '--cafile', ca, '-t', 'a', '-m', 'b', ...more], LIMIT)

const webPort = () => (https.address() as AddressInfo).port

describe.skipIf(missing !== undefined).concurrent(titled('a proxy that ends TLS', missing), () => {
  it('curl asks through it, and a toxic delays what is inside', async () => {
    const web = await make('web', webPort(), { upstreamCA: join(dir, 'web-ca.pem') })
    const ask = (...more: readonly string[]) =>
      execa('curl', ['-sS', '--cacert', web.ca, ...more, `https://localhost:${web.port}/`], LIMIT)
    expect((await ask()).stdout).toBe('seen inside')
    // With another name it gets another certificate, and without the CA none will do.
    const named = ['--resolve', `web.test:${web.port}:127.0.0.1`, '--cacert', web.ca, `https://web.test:${web.port}/`]
    expect((await execa('curl', ['-sS', ...named], LIMIT)).stdout).toBe('seen inside')
    expect((await execa('curl', ['-sS', `https://localhost:${web.port}/`], LIMIT)).exitCode).toBe(60)
    expect((await toxic('web', 'limit_data', { bytes: 5 })).status).toBe(200)
    expect((await ask()).exitCode).not.toBe(0)
  })

  it('openssl s_client checks the chain, and sees the version and protocol that the upstream chose', async () => {
    const web = await make('alpn', webPort(), { upstreamCA: join(dir, 'web-ca.pem') })
    const asked = [
      '-connect',
      `localhost:${web.port}`,
      '-CAfile',
      web.ca,
      '-verify_return_error',
      '-alpn',
      'h2,http/1.1',
    ]
    const { stdout } = await execa('openssl', ['s_client', ...asked], { ...LIMIT, input: 'GET / HTTP/1.0\r\n\r\n' })
    expect(stdout).toContain('Verify return code: 0 (ok)')
    expect(stdout).toContain('ALPN protocol: http/1.1')
    expect(stdout).toContain('TLSv1.3')
  })

  it('mosquitto_pub --cafile publishes through it, shows its certificate, and a swallowed PUBACK is missed', async () => {
    const tls = {
      clientsCA: pki.file('ca.crt'),
      upstreamCA: pki.file('ca.crt'),
      upstreamCert: pki.file('client.crt'),
      upstreamKey: pki.file('client.key'),
    }
    const mutual = await make('mutual', broker.mutual, tls)
    const own = ['--cert', pki.file('client.crt'), '--key', pki.file('client.key')]
    expect((await publish(mutual, '-q', '1', ...own)).exitCode).toBe(0)
    expect((await publish(mutual, '-q', '1')).exitCode).not.toBe(0)
    expect(mutual.text).not.toContain('PRIVATE KEY')
    await toxic('mutual', 'swallow', { packets: ['puback'] })
    const waits = await execa(
      'mosquitto_pub',
      ['-h', 'localhost', '-p', mutual.port, '--cafile', mutual.ca, '-t', 'a', '-m', 'b', '-q', '1', ...own],
      { ...LIMIT, timeout: 1500 },
    )
    expect(waits.timedOut).toBe(true)
  })

  it('a CA of the user signs what clients are shown', async () => {
    const tls = { cert: pki.file('ca.crt'), key: join(pki.dir, 'ca.key'), isCA: true, upstreamCA: pki.file('ca.crt') }
    const { port, status } = await make('own-ca', broker.named, { ...tls, upstreamName: 'broker.test' })
    expect(status).toBe(201)
    const signed = { port, ca: pki.file('ca.crt') } as Made
    expect((await publish(signed, '-u', USER, '-P', PASSWORD)).exitCode).toBe(0)
  })

  it('plainListener: a client without TLS reaches a broker that has nothing else', async () => {
    const { port, text } = await make('plain', broker.named, {
      plainListener: true,
      upstreamCA: pki.file('ca.crt'),
      upstreamName: 'broker.test',
    })
    expect(JSON.parse(text).tls).not.toHaveProperty('ca')
    const args = ['-h', '127.0.0.1', '-p', port, '-t', 'a', '-m', 'b', '-q', '1', '-u', USER, '-P', PASSWORD]
    expect((await execa('mosquitto_pub', args, LIMIT)).exitCode).toBe(0)
  })

  it('an upstream that nobody vouches for is refused and told of, and taken where verifyUpstream is false', async () => {
    const strange = await make('strange', broker.named, {})
    expect((await publish(strange, '-u', USER, '-P', PASSWORD)).exitCode).not.toBe(0)
    expect(notes.filter(note => /^strange: .*TLS with the broker has ended: /.test(note))).not.toEqual([])
    const taken = await make('taken', broker.named, { verifyUpstream: false })
    expect((await publish(taken, '-u', USER, '-P', PASSWORD)).exitCode).toBe(0)
  })

  it.each([
    [{ cert: 'a.pem' }, 400, 'tls: cert and key go together'],
    [{ isCA: true }, 400, 'tls: isCA needs the cert and the key of the CA'],
    [{ plainListener: true, clientsCA: 'a' }, 400, 'clients are shown no certificate'],
    [{ verifyUpstream: 5 }, 400, 'bad request body: tls.verifyupstream has to be true or false, not 5'],
    [{ cert: 'no.pem', key: 'no.key' }, 500, 'tls: cert: no.pem: there is no such file'],
  ])('what makes no sense is refused: %o', async (tls, status, words) => {
    const made = await make('bad', 1, tls)
    expect([made.status, JSON.parse(made.text).error]).toEqual([status, expect.stringContaining(words)])
  })

  it('nothing beyond the loopback is looked into without a word', async () => {
    const body = JSON.stringify({ name: 'far', listen: '127.0.0.1:0', upstream: 'broker.example:8883', tls: {} })
    const { status, text } = await raw(api.url, 'POST', '/proxies', body)
    expect([status, JSON.parse(text).error]).toEqual([500, expect.stringContaining('"beyondLoopback": true')])
  })
})
