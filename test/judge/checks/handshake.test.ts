import { describe, expect, test } from 'vitest'
import { run } from '../../evidence/builder.ts'
import { outcome } from './verdicts.ts'

/** A client that loses its connection under a fault of handshakes, and opens another one. */
const tried = (check: string, how: string) =>
  run({ expect: [check] })
    .connect(0)
    .ping(2000)
    .fault('tls-handshake', 3000, { options: { how } })
    .end(3500, 'client', 'fault', 'rst')
    .on(2)
    .opens(4000)

describe('refuses-certificate', () => {
  test('passes where an attempt ended without a CONNECT', () =>
    expect(outcome(tried('refuses-certificate', 'expired').end(4100, 'client', 'client').ended(9000))).toMatchObject({
      result: 'pass',
      sinceMs: 4000,
    }))

  test('fails where a CONNECT came: name and password are in it', () =>
    expect(outcome(tried('refuses-certificate', 'expired').up(4050, 'connect').ended(9000))).toMatchObject({
      result: 'fail',
      seenMs: 4050,
    }))

  test('takes no connection for one that trusted which was opened before the fault was lifted and said CONNECT after it', () => {
    const late = tried('refuses-certificate', 'expired').end(4100, 'client', 'client').on(3).opens(6990)
    expect(outcome(late.lifted('tls-handshake#0', 7000).up(7080, 'connect').ended(9000)).result).toBe('pass')
  })

  test('says nothing of a fault that shows no certificate', () =>
    expect(outcome(tried('refuses-certificate', 'stall').end(4100, 'client', 'client').ended(9000)).result).toBe(
      'inconclusive',
    ))
})

describe('handshake-gives-up', () => {
  test('passes where the client closed the attempt itself', () =>
    expect(outcome(tried('handshake-gives-up', 'stall').end(34_000, 'client', 'client').ended(70_000))).toMatchObject({
      result: 'pass',
      sinceMs: 4000,
      seenMs: 34_000,
    }))

  test('fails where it never did', () =>
    expect(outcome(tried('handshake-gives-up', 'stall').ended(70_000)).result).toBe('fail'))

  test('says nothing where somebody else ended it', () =>
    expect(outcome(tried('handshake-gives-up', 'stall').end(5000, 'client', 'broker').ended(70_000)).result).toBe(
      'inconclusive',
    ))
})
