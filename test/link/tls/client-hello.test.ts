import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readClientHello } from '../../../src/link/tls/client-hello.ts'

/** What OpenSSL sends first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      done()
      this.emit('sent', chunk)
    },
  })
  const sent = once(wire, 'sent')
  const session = connect({ ...options, socket: wire }).on('error', () => {})
  const [bytes] = (await sent) as [Buffer]
  session.destroy()
  return bytes
}

describe('a ClientHello', () => {
  test('tells name, protocols and newest version', async () => {
    const old = await helloOf({
      servername: 'Broker.Example',
      ALPNProtocols: ['mqtt', 'x-amzn'],
      maxVersion: 'TLSv1.2',
    })
    expect(readClientHello(old)).toEqual({
      servername: 'broker.example',
      alpn: ['mqtt', 'x-amzn'],
      newest: 0x0303,
      takesEc: true,
    })
    expect(readClientHello(await helloOf({}))).toEqual({ alpn: [], newest: 0x0304, takesEc: true })
    expect(
      readClientHello(await helloOf({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })),
    ).toMatchObject({
      takesEc: false,
    })
  })

  test('is not complete before its last byte, however it is cut, and is the same in several records', async () => {
    const whole = await helloOf({ servername: 'broker.example', ALPNProtocols: ['mqtt'] })
    const read = readClientHello(whole)
    for (let length = 0; length < whole.length; length++)
      expect(readClientHello(whole.subarray(0, length))).toBe('more')
    const [first, second] = [whole.subarray(5, 60), whole.subarray(60)]
    const record = (body: Buffer) => Buffer.concat([Buffer.from([22, 3, 1, body.length >> 8, body.length & 255]), body])
    expect(readClientHello(Buffer.concat([record(first), record(second)]))).toEqual(read)
    // One that is spread over a record for each byte is read anew with each of them, and so is taken for none.
    const bytes = [...whole.subarray(5)].map(byte => record(Buffer.of(byte)))
    expect(readClientHello(Buffer.concat(bytes.slice(0, 40)))).toBe('more')
    expect(readClientHello(Buffer.concat(bytes))).toBe('none')
  })

  test('is nothing else: bytes of any kind are read without a throw, and MQTT is none', async () => {
    expect(readClientHello(Buffer.from('101000044d5154540402003c0000', 'hex'))).toBe('none')
    expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('none')
    const whole = await helloOf({ servername: 'broker.example' })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const damaged = Buffer.from(whole)
        damaged[at] = byte
        readClientHello(damaged)
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), bytes => void readClientHello(Buffer.from(bytes))))
  })
})
