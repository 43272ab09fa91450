import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newAuthority } from '../../../src/certificates/authority.ts'
import { cArray, tlsProblems } from '../../../src/commands/device/device-tls.ts'

describe('the options of device --tls', () => {
  test('are complained of all at once', () => {
    expect(tlsProblems({ ca: 'a', saveCa: ['x.txt'], brokerCert: 'b' })).toEqual([
      '--ca belongs to --tls',
      '--broker-cert belongs to --tls',
      '--save-ca belongs to --tls',
      '--ca and --ca-key go together',
      '--broker-cert and --broker-key go together',
      '--save-ca: x.txt must end in .pem, .der or .h',
    ])
    expect(tlsProblems({ tls: true, caKey: 'k', ca: 'c', cert: 'x', key: 'y' })).toEqual([
      '--ca-key makes certificates: leave out --cert',
    ])
  })

  test('may be few', () => {
    expect(tlsProblems({})).toEqual([])
    expect(tlsProblems({ tls: true, saveCa: ['ca.pem', 'ca.der', 'ca.h'] })).toEqual([])
    expect(tlsProblems({ tls: true, ca: 'ca.pem', cert: 'own.pem', key: 'own.key' })).toEqual([])
  })
})

test('a C array holds the certificate, byte by byte', async () => {
  const certificate = new X509Certificate((await newAuthority('CA of a test')).ca)
  const text = cArray(certificate)
  const bytes = [...text.matchAll(/0x([0-9a-f]{2})/g)].map(([, hex]) => Number.parseInt(hex ?? '', 16))
  expect(Buffer.from(bytes).equals(certificate.raw)).toBe(true)
  expect(text).toContain(`halfopen_ca_der_len = ${certificate.raw.length};`)
})
