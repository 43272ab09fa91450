import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { newAuthority } from '../../../src/certificates/authority.ts'
import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import { aedesCore } from '../../../src/peers/brokers/aedes.ts'
import { MAIN } from '../../cli/halfopen.ts'

/** A certificate for this machine that nobody signed but itself. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'halfopen-tls-'))
  const key = join(directory, 'key.pem')
  const cert = join(directory, 'cert.pem')
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout'.split(' ')
  execFileSync('openssl', [...words, key, '-out', cert], { stdio: 'ignore' })
  const pair = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(directory, { recursive: true })
  return pair
}

test('a probe speaks TLS, and refuses a certificate that it can not verify unless told to', async () => {
  const target = { host: '127.0.0.1', port: await tlsBroker(selfSigned()), tls: true }
  const order = {
    clock: realClock(),
    id: 'hptls',
    maxMs: 2000,
    connections: 20,
    patienceMs: 1000,
    signal: new AbortController().signal,
    progress: () => {},
  }
  await expect(probe({ ...order, target })).rejects.toThrow('self-signed certificate')
  const report = await probe({ ...order, target: { ...target, insecure: true } })
  expect(report.findings).toMatchObject({ aliveMs: 2000, dead: undefined })
})

/** Between a probe and a server of TLS: what the server says comes a byte a second; with `late`, once the client has ended its handshake. */
async function dripping(port: number, late = false): Promise<number> {
  const between = createTcpServer({ noDelay: true }, near => {
    const far = connect(port, '127.0.0.1')
    const bytes: number[] = []
    let drips = !late
    far.on('data', data => {
      if (drips) bytes.push(...data)
      else near.write(data)
    })
    const timer = setInterval(() => bytes.length > 0 && near.write(Buffer.from([bytes.shift() ?? 0])), 1000)
    near.on('data', data => {
      // RFC 8446 5.1: all but its ClientHello is of another type than a handshake.
      drips ||= data[0] !== 22
      far.write(data)
    })
    for (const each of [near, far]) each.on('error', () => {}).on('close', () => [near, far].map(one => one.destroy()))
    near.on('close', () => clearInterval(timer))
  })
  await new Promise<void>(resolve => between.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void between.close())
  return (between.address() as AddressInfo).port
}

test('over TLS that is verified, what drips ends the probe in time, with the step that is missing', async () => {
  const home = mkdtempSync(join(tmpdir(), 'halfopen-tls-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const authority = await newAuthority('a CA of the test')
  const ca = join(home, 'ca.pem')
  writeFileSync(ca, authority.ca)
  const port = await tlsBroker(await authority.certify({ names: ['localhost'], use: 'server' }))
  const said = async (own: number) => {
    const args = [MAIN, 'probe', `mqtts://localhost:${own}`, '--max', '1s', '--patience', '2s', '--connections', '3']
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca, NO_COLOR: '1' }
    const { exitCode, stdout, stderr } = await execa(process.execPath, args, { env, reject: false, timeout: 60_000 })
    return { exitCode, text: `${stdout}\n${stderr}` }
  }
  const [whole, early, late] = await Promise.all([
    said(port),
    dripping(port).then(said),
    // The client has its handshake by then, and never its CONNACK.
    dripping(port, true).then(said),
  ])
  expect(whole.text).toMatch(/certificate of localhost by a CA of the test/)
  expect(early).toEqual({ exitCode: 3, text: expect.stringContaining("can't be reached: no TLS within 2 s") })
  expect(late).toEqual({ exitCode: 3, text: expect.stringContaining('does not answer a CONNECT within 2 s') })
})

async function tlsBroker(pair: { readonly key: string | Buffer; readonly cert: string | Buffer }): Promise<number> {
  const broker = await aedesCore({ id: 'tls' })
  const server = createServer(pair, stream => {
    stream.on('error', () => {})
    broker.accept(stream)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    await broker[Symbol.asyncDispose]()
  })
  return (server.address() as AddressInfo).port
}
