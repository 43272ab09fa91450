import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { realClock } from '../../../src/clock/real.ts'
import { probe } from '../../../src/commands/probe/probe.ts'
import { aedesCore } from '../../../src/peers/brokers/aedes.ts'

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
  const broker = await aedesCore({ id: 'tls' })
  const server = createServer(selfSigned(), stream => {
    stream.on('error', () => {})
    broker.accept(stream)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    await broker[Symbol.asyncDispose]()
  })
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, tls: true }
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
