/** The API against what a web page, a broken client or anybody on the machine may send to it. */
import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFromOtherPage, strangeHost } from '../../../src/commands/proxy/routes.ts'
import { Ledger, startProxyServer } from '../../../src/commands/proxy/server.ts'
import { Toxics } from '../../../src/commands/proxy/toxic-list.ts'
import { raw } from '../../conformance/toxiproxy/http.ts'
import { Bench } from '../../link/pipe/bench.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`the proxy's API under attack: HALFOPEN_FUZZ_SEED=${seed}`)

const start = (host = '127.0.0.1') =>
  startProxyServer({ listen: { host, port: 0 }, proxies: [], seed: 1, version: '1.2.3' })

describe('the Host of a request', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:8474',
    '192.168.1.10:8474',
    '[::1]:8474',
    '[::1]',
    '[fe80::1%25eth0]:1',
    'localhost',
    'LocalHost:8474',
    'localhost.:80',
    'toxi.internal:8474',
    'TOXI.internal',
  ])('%s is ours', host => {
    expect(strangeHost(host.replace('%25', '%'), 'toxi.internal')).toBeUndefined()
  })

  it.each([
    'evil.example',
    'evil.example:8474',
    '127.0.0.1.evil.example',
    'localhost.evil.example:8474',
    'evil.localhost',
    '127.0.0.1:8474:evil.example',
    '[::1].evil.example',
    '',
    ':8474',
    '127.1',
    '0x7f000001',
    '2130706433',
  ])('%s is not', host => {
    expect(strangeHost(host, 'toxi.internal')).toMatch(/^host not allowed: ask by an IP address or as localhost/)
  })

  it('that nobody ever said is not, whatever it is', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
    const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
    const holds = (host: string, own: string) => {
      fc.pre(host !== 'localhost' && host !== own)
      expect(strangeHost(`${host}:8474`, own)).toBeDefined()
      expect(strangeHost(`${own}:8474`, own)).toBeUndefined()
    }
    fc.assert(fc.property(domain, domain, holds), { seed, numRuns: 1000 })
  })

  it('is told with its reason, for every path and method, and nothing is done', async () => {
    await using server = await start()
    await raw(server.url, 'POST', '/proxies', JSON.stringify({ name: 'p', listen: '127.0.0.1:0', upstream: 'u:1' }))
    const Host = 'rebound.example:8474'
    for (const [method, path] of [
      ['GET', '/proxies'],
      ['GET', '/metrics'],
      ['POST', '/reset'],
      ['DELETE', '/proxies/p'],
      ['OPTIONS', '/proxies'],
      ['GET', '/nope'],
    ] as const) {
      const { status, text } = await raw(server.url, method, path, undefined, { Host })
      expect([status, JSON.parse(text)]).toEqual([
        403,
        {
          error:
            'host not allowed: ask by an IP address or as localhost, or start it with --listen rebound.example:PORT',
          status: 403,
        },
      ])
    }
    expect((await raw(server.url, 'GET', '/proxies/p')).status).toBe(200)
  })
})

/** What comes back for these very bytes, until the other end closes or a moment has passed. */
async function answerTo(url: string, bytes: Uint8Array, forMs: number): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('error', () => {})
  socket.setEncoding('latin1').on('data', part => {
    text += part
  })
  socket.write(bytes)
  await Promise.race([once(socket, 'close'), new Promise(resolve => setTimeout(resolve, forMs))])
  socket.destroy()
  return text
}

describe('a page of another site', () => {
  const host = 'localhost:8474'

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: '' },
    // Other ports of this machine are other sites' pages too.
    { origin: 'http://localhost:3000' },
    { origin: 'http://localhost' },
    { origin: 'https://localhost:8474' },
    { origin: 'http://127.0.0.1:8474' },
    { origin: 'http://localhost:8474.evil.example' },
    { site: 'cross-site' },
    { site: 'same-site' },
    { site: '' },
    { origin: 'http://localhost:8474', host: undefined },
  ])('%j is refused', given =>
    expect(isFromOtherPage({ origin: undefined, site: undefined, host, ...given })).toBe(true),
  )

  it.each([
    {},
    { origin: 'http://localhost:8474' },
    { origin: 'http://LOCALHOST:8474' },
    { site: 'none' },
    { site: 'same-origin' },
  ])('%j is not', given => expect(isFromOtherPage({ origin: undefined, site: undefined, host, ...given })).toBe(false))

  it('changes nothing, whatever type its body says to have and whatever its user agent is', async () => {
    await using server = await start()
    const body = JSON.stringify({ name: 'evil', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' })
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json',
    ]
    const paths = ['/proxies', '/populate', '/reset', '/proxies/a', '/proxies/a/toxics']
    const pages = [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]
    for (const type of types)
      for (const path of paths)
        for (const page of pages) {
          const headers = { ...page, 'Content-Type': type, 'User-Agent': 'curl/8' } as Record<string, string>
          expect((await raw(server.url, 'POST', path, body, headers)).status).toBe(403)
        }
    expect((await raw(server.url, 'GET', '/proxies')).text.trim()).toBe('{}')
    // A program may say that its body is anything.
    expect((await raw(server.url, 'POST', '/proxies', body, { 'Content-Type': 'text/plain' })).status).toBe(201)
  })
})

describe('the body of a request', () => {
  it('of more than a megabyte is 413, also where its length is not said before', async () => {
    await using server = await start()
    const long = JSON.stringify({ name: 'p', upstream: 'u:1', more: 'x'.repeat(2 ** 20) })
    const { status, text } = await raw(server.url, 'POST', '/proxies', long)
    expect([status, JSON.parse(text).error]).toEqual([413, 'the body is larger than 1048576 bytes'])
    const chunked = await raw(server.url, 'POST', '/proxies', long, { 'Transfer-Encoding': 'chunked' })
    expect(chunked.status).toBe(413)
    const said = 'POST /populate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n['
    expect(await answerTo(server.url, Buffer.from(said), 3000)).toMatch(/^HTTP\/1\.1 413 /)
    expect((await raw(server.url, 'GET', '/proxies')).text).toBe('{}')
  })

  it('of less is read', async () => {
    await using server = await start()
    const body = JSON.stringify({ name: 'p', listen: '127.0.0.1:0', upstream: 'u:1', more: 'x'.repeat(2 ** 20 - 200) })
    expect((await raw(server.url, 'POST', '/proxies', body)).status).toBe(201)
  })
})

it('whatever bytes come, the API goes on answering', { timeout: 60_000 }, async () => {
  await using server = await start()
  const line = fc.constantFrom(
    'GET /proxies HTTP/1.1',
    'POST /proxies HTTP/1.1',
    'PRI * HTTP/2.0',
    'GET',
    '\x16\x03\x01',
  )
  const header = fc.constantFrom(
    'Host: localhost',
    'Host: a b',
    'Host:',
    'Host: [',
    'Host: %zz',
    'Content-Length: -1',
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'User-Agent: Mozilla/5.0',
  )
  const request = fc
    .tuple(line, fc.array(header, { maxLength: 4 }), fc.uint8Array({ maxLength: 60 }))
    .map(([first, headers, rest]) => Buffer.concat([Buffer.from([first, ...headers, '', ''].join('\r\n')), rest]))
  const holds = async (bytes: Uint8Array) => {
    const text = await answerTo(server.url, bytes, 60)
    expect(text === '' || text.startsWith('HTTP/1.1 ')).toBe(true)
    expect(text).not.toMatch(/at .*\.js|node:internal/)
    expect((await raw(server.url, 'GET', '/version')).status).toBe(200)
  }
  await fc.assert(fc.asyncProperty(fc.oneof(request, fc.uint8Array({ maxLength: 100 })), holds), {
    seed,
    numRuns: process.env.HALFOPEN_SLOW ? 600 : 60,
  })
})

describe('the ledger of what proxies carried', () => {
  it('goes on counting for one that comes back, and forgets the oldest of a hundred that are gone', () => {
    const ledger = new Ledger()
    const place = (n: number) => ({ proxy: 'p', listener: `127.0.0.1:${n}`, upstream: 'u:1' })
    const stays = ledger.take(place(0))
    stays.traffic.connections = 7
    for (let n = 1; n <= 1000; n++) ledger.take(place(n)).release()
    expect(ledger.lines()).toHaveLength(101)
    expect(ledger.lines().map(({ place: { listener } }) => listener)).toContain('127.0.0.1:0')
    const again = ledger.take(place(1000))
    again.traffic.connections = 3
    again.release()
    again.release()
    expect(ledger.take(place(1000)).traffic.connections).toBe(3)
    stays.release()
    expect(ledger.take(place(0)).traffic.connections).toBe(7)
  })

  it('shows no more listeners than that on /metrics', { timeout: 60_000 }, async () => {
    await using server = await start()
    const body = JSON.stringify({ name: 'p', listen: '127.0.0.1:0', upstream: 'u:1' })
    for (let n = 0; n < 130; n++) {
      await raw(server.url, 'POST', '/proxies', body)
      await raw(server.url, 'DELETE', '/proxies/p')
    }
    const { text } = await raw(server.url, 'GET', '/metrics')
    expect(text.match(/^halfopen_proxy_connections_total\{/gm)).toHaveLength(100)
  })
})

describe('attributes that end a Toxiproxy', () => {
  const chunkThrough = async (toxic: object) => {
    const bench = new Bench()
    new Toxics(bench.hub, 'p', 1).add({ stream: 'upstream', ...toxic })
    const { client, broker } = bench.open()
    client.send('abc')
    await bench.to(1000)
    return broker.text
  }

  it('mean what is possible here', async () => {
    expect(await chunkThrough({ type: 'bandwidth', attributes: { rate: -1 } })).toBe('open')
    expect(await chunkThrough({ type: 'slicer', attributes: {} })).toBe('open|a|b|c')
    const wild = { average_size: 1, size_variation: 9 }
    expect((await chunkThrough({ type: 'slicer', attributes: wild })).replaceAll('|', '')).toBe('openabc')
  })

  it('of toxicity are refused where a 32-bit number can not say them', () => {
    const toxics = new Toxics(new Bench().hub, 'p', 1)
    const holds = (toxicity: number) => {
      const add = () => toxics.add({ type: 'noop', name: 't', toxicity })
      if (Math.abs(toxicity) > 3.4028235677973366e38) {
        expect(add).toThrow('bad request body: toxicity: it has to be a 32-bit number')
        return
      }
      expect(JSON.parse(JSON.stringify(add())).toxicity).toBeTypeOf('number')
      toxics.remove('t')
    }
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), holds), { seed, numRuns: 2000 })
  })
})
