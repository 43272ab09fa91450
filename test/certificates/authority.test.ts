import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { authorityFrom, newAuthority } from '../../src/certificates/authority.ts'

const DAY_MS = 86_400_000

describe('an authority made for a run', () => {
  test('signs leaves of both kinds, for names and addresses', async () => {
    const authority = await newAuthority('CA of a test')
    const ca = new X509Certificate(authority.ca)
    expect(ca.ca).toBe(true)
    for (const keyType of ['ec', 'rsa'] as const) {
      const made = await authority.certify({ names: ['a.example', '127.0.0.1', '::1'], use: 'server', keyType })
      const leaf = new X509Certificate(made.cert)
      expect(leaf.verify(ca.publicKey)).toBe(true)
      expect(leaf.checkIssued(ca)).toBe(true)
      expect(leaf.ca).toBe(false)
      expect(leaf.checkHost('a.example')).toBe('a.example')
      expect(leaf.checkHost('b.example')).toBeUndefined()
      expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
      expect(leaf.checkPrivateKey(createPrivateKey(made.key))).toBe(true)
    }
  })

  test('dates a leaf as it is asked to', async () => {
    const authority = await newAuthority('CA of a test')
    const { cert } = await authority.certify({ names: ['a.example'], use: 'server', fromDay: -3, untilDay: -1 })
    const { validTo, validFrom } = new X509Certificate(cert)
    expect(new Date(validTo) < new Date()).toBe(true)
    expect((Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS).toBeCloseTo(2, 3)
  })

  test('of a user signs as well; a key that is another one is refused, and not told', async () => {
    const [one, other] = await Promise.all([newAuthority('one'), newAuthority('other')])
    const intermediate = await one.certify({ names: ['no-ca.example'], use: 'server' })
    await expect(authorityFrom(intermediate)).rejects.toThrow('the certificate is not one of a CA')
    await expect(authorityFrom({ cert: other.ca, key: intermediate.key })).rejects.toThrow(
      'the key does not fit the certificate',
    )
  })
})
