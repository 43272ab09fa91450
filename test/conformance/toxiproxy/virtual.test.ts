/** What the real server does with its toxics, ours do to the millisecond, in virtual time. On sockets: toxiproxy.test.ts. */
import { describe, expect, it } from 'vitest'
import { differences } from './differences.ts'
import { probes } from './probes/index.ts'
import { onVirtualPath } from './virtual.ts'

const plainly = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))
const virtual = probes.flatMap(({ name, expected, observeVirtual }) => {
  const difference = differences.find(({ probe }) => probe === name)
  return observeVirtual ? [{ name, expected: difference ? difference.ours : expected, observeVirtual }] : []
})

describe('our toxics in virtual time', () => {
  it.each(virtual)('$name', async ({ expected, observeVirtual }) => {
    expect(plainly(await observeVirtual())).toEqual(plainly(expected))
  })

  it('are all that shape bytes or end connections', () => {
    expect(virtual.length).toBe(39)
  })

  it('are off by 2 ms where a toxic is', async () => {
    const tookMs = await onVirtualPath(async path => {
      await path.add({ type: 'latency', attributes: { latency: 202 } })
      const { client, upstream } = await path.open()
      const sentMs = upstream.send('x')
      await client.got(1)
      return path.near(sentMs, client.lastByteAtMs(), 200)
    })
    expect(tookMs).toBe('202 ms')
  })
})
