/** Every endpoint: status codes, bodies, defaults and errors. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { empty, error, json, plain, type Seen } from '../http.ts'
import { type Api, type Probe, withApi } from '../probe.ts'

const UPSTREAM = '127.0.0.1:9'
const NEW = { name: 'p', listen: '127.0.0.1:0', upstream: UPSTREAM }
/**
 * A proxy that is disabled lets its port go, and to be enabled again it needs the same one: on this address no connection of another test
 * has taken it meanwhile. All of 127.0.0.0/8 is there on Linux; elsewhere one address is.
 */
const ALONE = process.platform === 'linux' ? '127.77.0.1' : '127.0.0.1'
const VIEW = { name: 'p', listen: '127.0.0.1:PORT', upstream: UPSTREAM, enabled: true, toxics: [] }

const probe = (name: string, expected: unknown, act: (api: Api) => Promise<unknown>): Probe => ({
  name,
  expected,
  observe: (kind, time) => withApi(kind, time, act),
})

/** With the proxy `p` in place. */
const withProxy = (name: string, expected: unknown, act: (api: Api) => Promise<unknown>, given = NEW): Probe =>
  probe(name, expected, async api => {
    await api.raw('POST', '/proxies', JSON.stringify(given))
    return act(api)
  })

/** Status, and the error without Go's words about what it could not read. */
const outline = ({ status, type, body }: Seen) => {
  const { error: text = '' } = Object(body) as { error?: string }
  return { status, type, says: text.replace(/: .*/s, '') }
}
const BAD_BODY = { status: 400, type: 'text/plain; charset=utf-8', says: 'bad request body' }

async function onTakenPort<T>(act: (address: string) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    return await act(`127.0.0.1:${address.port}`)
  } finally {
    server.close()
  }
}

const TAKEN = 'listen tcp 127.0.0.1:PORT: bind: address already in use'

export const apiProbes: readonly Probe[] = [
  probe(
    'GET /version tells a version, as JSON',
    { status: 200, type: 'application/json;charset=utf-8', version: 'string' },
    async api => {
      const { status, type, body } = await api.ask('GET', '/version')
      return { status, type, version: typeof (body as { version: string }).version }
    },
  ),
  probe('GET /version has these keys', ['version'], async api =>
    Object.keys((await api.ask('GET', '/version')).body as object),
  ),
  probe('GET /proxies is {} where there are none', json(200, {}), api => api.ask('GET', '/proxies')),
  probe('every answer has a request id', true, async api => {
    const { headers } = await api.raw('GET', '/version')
    return typeof headers['x-toxiproxy-request-id'] === 'string'
  }),

  probe('POST /proxies makes a proxy and tells its port', json(201, VIEW), api => api.ask('POST', '/proxies', NEW)),
  probe('a proxy has these keys', ['name', 'listen', 'upstream', 'enabled', 'Logger', 'toxics'], async api => {
    const { text } = await api.raw('POST', '/proxies', JSON.stringify(NEW))
    return Object.keys(JSON.parse(text))
  }),
  probe(
    'POST /proxies can make a disabled one, which keeps its address as it was given',
    json(201, { ...VIEW, listen: 'localhost:0', enabled: false }),
    api => api.ask('POST', '/proxies', { ...NEW, listen: 'localhost:0', enabled: false }),
  ),
  probe('a listen name is resolved', json(201, VIEW), api =>
    api.ask('POST', '/proxies', { ...NEW, listen: 'localhost:0' }),
  ),
  probe('an upstream that is no address is taken all the same', json(201, { ...VIEW, upstream: 'nonsense' }), api =>
    api.ask('POST', '/proxies', { ...NEW, upstream: 'nonsense' }),
  ),
  probe('an empty body is EOF', error(400, 'bad request body: EOF'), api => api.ask('POST', '/proxies', '')),
  probe('a body that is not JSON is refused', BAD_BODY, async api => outline(await api.ask('POST', '/proxies', '{'))),
  probe('a value of the wrong kind is refused', BAD_BODY, async api =>
    outline(await api.ask('POST', '/proxies', { name: 5 })),
  ),
  probe(
    'the words about a value of the wrong kind',
    'bad request body: json: cannot unmarshal number into Go struct field Proxy.name of type string',
    async api => {
      const { body } = await api.ask('POST', '/proxies', { ...NEW, name: 5 })
      return (body as { error: string }).error
    },
  ),
  probe(
    'text after the JSON is ignored',
    201,
    async api => (await api.ask('POST', '/proxies', `${JSON.stringify(NEW)} and more`)).status,
  ),
  probe('keys count in any case, null counts as absent, unknown keys are ignored', json(201, VIEW), api =>
    api.ask('POST', '/proxies', { NAME: 'p', Listen: NEW.listen, upStream: UPSTREAM, enabled: null, colour: 'red' }),
  ),
  probe('a proxy needs a name', error(400, 'missing required field: name'), api => api.ask('POST', '/proxies', {})),
  probe('a proxy needs an upstream', error(400, 'missing required field: upstream'), api =>
    api.ask('POST', '/proxies', { name: 'p' }),
  ),
  withProxy('a name can be used once', error(409, 'proxy already exists'), api => api.ask('POST', '/proxies', NEW)),
  probe('a listen address needs a port', error(500, 'listen tcp: address localhost: missing port in address'), api =>
    api.ask('POST', '/proxies', { ...NEW, listen: 'localhost' }),
  ),
  probe('a port over 65535 is refused', error(500, 'listen tcp: address 99999: invalid port'), api =>
    api.ask('POST', '/proxies', { ...NEW, listen: '127.0.0.1:99999' }),
  ),
  probe('a taken port is refused, and the proxy is not kept', [error(500, TAKEN), json(200, {})], api =>
    onTakenPort(async listen => [
      await api.ask('POST', '/proxies', { ...NEW, listen }),
      await api.ask('GET', '/proxies'),
    ]),
  ),
  probe(
    'an address of another machine is refused',
    error(500, 'listen tcp 192.0.2.1:4000: bind: cannot assign requested address'),
    api => api.ask('POST', '/proxies', { ...NEW, listen: '192.0.2.1:4000' }),
  ),
  withProxy('GET /proxies tells all by name', json(200, { p: VIEW }), api => api.ask('GET', '/proxies')),
  withProxy('GET /proxies/{proxy} tells one', json(200, VIEW), api => api.ask('GET', '/proxies/p')),
  probe('GET /proxies/{proxy} knows no other', error(404, 'proxy not found'), api => api.ask('GET', '/proxies/q')),
  withProxy('DELETE /proxies/{proxy} works once', [empty(204), error(404, 'proxy not found')], async api => [
    await api.ask('DELETE', '/proxies/p'),
    await api.ask('DELETE', '/proxies/p'),
  ]),

  ...(['POST', 'PATCH'] as const).flatMap(method => [
    withProxy(
      `${method} /proxies/{proxy} disables, enables, and ignores a name`,
      [false, true, 'p'],
      async api => {
        const off = await api.ask(method, '/proxies/p', { enabled: false })
        const on = await api.ask(method, '/proxies/p', { enabled: true, name: 'q' })
        const [a, b] = [off, on].map(({ body }) => body as { enabled: boolean; name: string })
        return [a?.enabled, b?.enabled, b?.name]
      },
      { ...NEW, listen: `${ALONE}:0` },
    ),
    withProxy(`${method} /proxies/{proxy} without a body is EOF`, error(400, 'bad request body: EOF'), api =>
      api.ask(method, '/proxies/p', ''),
    ),
    probe(`${method} /proxies/{proxy} looks for the proxy first`, error(404, 'proxy not found'), api =>
      api.ask(method, '/proxies/q', ''),
    ),
    withProxy(
      `${method} /proxies/{proxy} refuses a bad address`,
      error(500, 'address x: missing port in address'),
      api => api.ask(method, '/proxies/p', { listen: 'x' }),
    ),
  ]),
  withProxy(
    'an update to a taken port leaves the proxy disabled there',
    [error(500, TAKEN), json(200, { ...VIEW, enabled: false })],
    api =>
      onTakenPort(async listen => [
        await api.ask('PATCH', '/proxies/p', { listen }),
        await api.ask('GET', '/proxies/p'),
      ]),
  ),
  withProxy('an update of the upstream shows', json(200, { ...VIEW, upstream: 'other:1' }), api =>
    api.ask('PATCH', '/proxies/p', { upstream: 'other:1' }),
  ),

  probe('POST /populate with nothing makes null', json(201, { proxies: null }), api =>
    api.ask('POST', '/populate', []),
  ),
  probe('POST /populate makes a list of proxies', json(201, { proxies: [VIEW, { ...VIEW, name: 'q' }] }), api =>
    api.ask('POST', '/populate', [NEW, { ...NEW, name: 'q' }]),
  ),
  probe(
    'POST /populate names what lacks a field, counting from 1, and makes nothing',
    [json(400, { error: 'missing required field: name at proxy 2', status: 400, proxies: null }), json(200, {})],
    async api => [await api.ask('POST', '/populate', [NEW, { upstream: UPSTREAM }]), await api.ask('GET', '/proxies')],
  ),
  probe(
    'POST /populate keeps what it made before one that can not listen',
    json(500, { error: TAKEN, status: 500, proxies: [VIEW] }),
    api => onTakenPort(listen => api.ask('POST', '/populate', [NEW, { ...NEW, name: 'q', listen }])),
  ),
  probe(
    'POST /populate refuses what is no list',
    { status: 400, type: 'application/json', says: 'bad request body' },
    async api => outline(await api.ask('POST', '/populate', {})),
  ),
  withProxy(
    'POST /populate leaves a proxy alone that is the same, even one asked to be disabled',
    ['latency_downstream', true],
    async api => {
      await api.ask('POST', '/proxies/p/toxics', { type: 'latency' })
      const { text } = await api.raw('GET', '/proxies/p')
      const { listen } = JSON.parse(text)
      const { body } = await api.ask('POST', '/populate', [{ ...NEW, listen, enabled: false }])
      const [proxy] = (body as { proxies: { toxics: { name: string }[]; enabled: boolean }[] }).proxies
      return [proxy?.toxics[0]?.name, proxy?.enabled]
    },
  ),
  withProxy(
    'POST /populate replaces a proxy at another address, without its toxics',
    json(201, { proxies: [VIEW] }),
    async api => {
      await api.ask('POST', '/proxies/p/toxics', { type: 'latency' })
      return api.ask('POST', '/populate', [NEW])
    },
  ),

  probe(
    'POST /populate tells of what it can not read as of all else',
    json(400, { error: 'bad request body: EOF', status: 400, proxies: null }),
    api => api.ask('POST', '/populate', ''),
  ),
  probe('POST /populate with a name that comes twice stops the first, and shows both', [false, true], async api => {
    const { body } = await api.ask('POST', '/populate', [NEW, NEW])
    return (body as { proxies: { enabled: boolean }[] }).proxies.map(({ enabled }) => enabled)
  }),
  withProxy(
    'POST /reset enables all and removes all toxics',
    [empty(204), json(200, { ...VIEW, listen: `${ALONE}:PORT` })],
    async api => {
      await api.ask('POST', '/proxies/p/toxics', { type: 'latency' })
      await api.ask('PATCH', '/proxies/p', { enabled: false })
      return [await api.ask('POST', '/reset'), await api.ask('GET', '/proxies/p')]
    },
    { ...NEW, listen: `${ALONE}:0` },
  ),

  probe('browsers are refused', plain(403, 'User agent not allowed\n'), api =>
    api.ask('GET', '/proxies', undefined, { 'User-Agent': 'Mozilla/5.0' }),
  ),
  probe('a request for the host of somebody else', 200, async api => {
    const { status } = await api.ask('GET', '/proxies', undefined, { Host: 'rebound.example' })
    return status
  }),
  probe('a request by a page of another site', 200, async api => {
    const { status } = await api.ask('GET', '/proxies', undefined, { Origin: 'http://page.example' })
    return status
  }),
  probe('a request by address or as localhost, with a port or without', [200, 200, 200, 200], async api => {
    const hosts = ['localhost:8474', 'LOCALHOST', '192.0.2.1', '[::1]:8474']
    const answers = await Promise.all(hosts.map(Host => api.ask('GET', '/proxies', undefined, { Host })))
    return answers.map(({ status }) => status)
  }),
  probe('a body of two megabytes', 201, async api => {
    const { status } = await api.ask('POST', '/proxies', { ...NEW, more: 'x'.repeat(2 ** 21) })
    return status
  }),
  probe('a name with a slash is asked for as %2F', 404, async api => {
    await api.ask('POST', '/proxies', { ...NEW, name: 'a/b' })
    return (await api.ask('GET', '/proxies/a%2Fb')).status
  }),
  probe('two slashes are one, somewhere else', [301, '/proxies'], async api => {
    const { status, headers } = await api.raw('GET', '//proxies')
    return [status, headers.location]
  }),
  probe('there is no CORS', [405, undefined], async api => {
    const headers = { Origin: 'http://example.com', 'Access-Control-Request-Method': 'POST' }
    const { status, headers: got } = await api.raw('OPTIONS', '/proxies', undefined, headers)
    return [status, got['access-control-allow-origin']]
  }),
  probe('another path is not found', plain(404, '404 page not found\n'), api => api.ask('GET', '/nope')),
  probe('a slash at the end is another path', plain(404, '404 page not found\n'), api => api.ask('GET', '/proxies/')),
  ...(
    [
      ['PUT', '/proxies'],
      ['HEAD', '/proxies'],
      ['DELETE', '/reset'],
      ['GET', '/populate'],
      ['PUT', '/proxies/p'],
      ['DELETE', '/proxies/p/toxics'],
      ['PUT', '/proxies/p/toxics/t'],
      ['POST', '/version'],
    ] as const
  ).map(([method, path]) => probe(`${method} ${path} is not allowed`, empty(405), api => api.ask(method, path))),
]
