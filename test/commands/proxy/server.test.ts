import { describe, expect, vi } from 'vitest'
import { startProxyServer } from '../../../src/commands/proxy/server.ts'
import { freePort } from '../../../src/processes/port.ts'
import { raw } from '../../conformance/toxiproxy/http.ts'
import { PATIENCE_MS } from '../../conformance/toxiproxy/peer.ts'
import { withPath } from '../../conformance/toxiproxy/probe.ts'
import { ours } from '../../conformance/toxiproxy/servers.ts'
import { it } from '../../doubt/test.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const start = (proxies: Parameters<typeof startProxyServer>[0]['proxies'], listen = LOOPBACK) =>
  startProxyServer({ listen, proxies, seed: 1, version: '1.2.3' })

describe('the proxy server', () => {
  it('starts with the proxies that it is given, and says where they listen', async () => {
    const server = await start([{ name: 'a', listen: '', upstream: 'u:1', enabled: true }])
    expect(server.proxies).toEqual([
      { name: 'a', listen: expect.stringMatching(/^127\.0\.0\.1:\d+$/), upstream: 'u:1', enabled: true },
    ])
    await server[Symbol.asyncDispose]()
  })

  it('keeps a proxy without a host where the API is: on the loopback', async () => {
    const port = await freePort()
    const server = await start([{ name: 'a', listen: `:${port}`, upstream: 'u:1', enabled: true }])
    expect(server.proxies[0]?.listen).toBe(`127.0.0.1:${port}`)
    await server[Symbol.asyncDispose]()
  })

  it('leaves nothing listening where one of its proxies can not', async () => {
    const [api, taken] = [await freePort(), await start([])]
    const listen = new URL(taken.url).host
    const proxies = [{ name: 'a', listen, upstream: 'u:1', enabled: true }]
    await expect(start(proxies, { host: '127.0.0.1', port: api })).rejects.toThrow(
      `a proxy of the configuration can't listen: listen tcp ${listen}: bind: address already in use`,
    )
    await expect(raw(`http://127.0.0.1:${api}`, 'GET', '/version')).rejects.toThrow('ECONNREFUSED')
    await taken[Symbol.asyncDispose]()
  })

  it('two creations of one name at once make one proxy', async () => {
    const server = await start([])
    const body = JSON.stringify({ name: 'a', listen: '127.0.0.1:0', upstream: 'u:1' })
    const answers = await Promise.all([1, 2, 3].map(() => raw(server.url, 'POST', '/proxies', body)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    await server[Symbol.asyncDispose]()
  })

  it('counts live connections and toxics', ({ time }) =>
    withPath(ours, time, async path => {
      await path.add({ type: 'noop' })
      await path.open()
      const { client } = await path.open()
      const before = (await raw(path.api.url, 'GET', '/metrics')).text
      expect(before).toContain('halfopen_proxy_connections{proxy="p"} 2')
      expect(before).toContain('halfopen_proxy_toxics{proxy="p"} 1')
      expect(before).toContain('process_resident_memory_bytes')
      client.reset()
      const now = async () => (await raw(path.api.url, 'GET', '/metrics')).text
      const one = 'halfopen_proxy_connections{proxy="p"} 1'
      const after = await vi.waitFor(async () => {
        const text = await now()
        expect(text).toContain(one)
        return text
      }, PATIENCE_MS)
      expect(after).toMatch(/halfopen_proxy_connections_total\{[^}]*proxy="p"[^}]*\} 2/)
    }))

  it('delays a message of each of 100 connections alike', ({ time }) =>
    withPath(ours, time, async path => {
      await path.add({ type: 'latency', attributes: { latency: 200 } })
      const all = await Promise.all(Array.from({ length: 100 }, () => path.open()))
      const tookMs = await Promise.all(
        all.map(async ({ client, upstream }) => {
          const sentMs = upstream.send('x')
          await client.got(1)
          return path.near(sentMs, client.lastByteAtMs(), 200)
        }),
      )
      expect(new Set(tookMs)).toEqual(new Set(['200 ms']))
    }))
})
