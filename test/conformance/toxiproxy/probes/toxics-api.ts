/** Toxics through the API: names, defaults, errors. */
import { empty, error, json } from '../http.ts'
import { type Api, type Probe, withApi } from '../probe.ts'

const TOXICS = '/proxies/p/toxics'

const probe = (name: string, expected: unknown, act: (api: Api) => Promise<unknown>): Probe => ({
  name,
  expected,
  observe: (kind, time) =>
    withApi(kind, time, async api => {
      await api.raw('POST', '/proxies', JSON.stringify({ name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' }))
      return act(api)
    }),
})

const add = (api: Api, toxic: object) => api.ask('POST', TOXICS, toxic)
const view = (type: string, attributes: object, rest: object = {}) => ({
  attributes,
  name: `${type}_downstream`,
  type,
  stream: 'downstream',
  toxicity: 1,
  ...rest,
})

const DEFAULTS: Readonly<Record<string, object>> = {
  noop: {},
  latency: { latency: 0, jitter: 0 },
  bandwidth: { rate: 0 },
  slow_close: { delay: 0 },
  timeout: { timeout: 0 },
  reset_peer: { timeout: 0 },
  slicer: { average_size: 0, size_variation: 0, delay: 0 },
  limit_data: { bytes: 0 },
}

const LATENCY = view('latency', DEFAULTS.latency ?? {})

/** Without the words about what could not be read. */
const refused = async (answer: Promise<{ status: number; body: unknown }>) => {
  const { status, body } = await answer
  return [status, (body as { error: string }).error.replace(/: .*/s, '')]
}

export const toxicApiProbes: readonly Probe[] = [
  ...Object.entries(DEFAULTS).map(([type, attributes]) =>
    probe(`${type} has these attributes and defaults`, json(200, view(type, attributes)), api => add(api, { type })),
  ),
  probe(
    'a toxic takes what it is given, in any case, and ignores what it does not know',
    json(200, view('latency', { latency: 10, jitter: 3 }, { name: 'slow', stream: 'upstream', toxicity: 0.5 })),
    api =>
      add(api, {
        type: 'latency',
        name: 'slow',
        stream: 'upstream',
        toxicity: 0.5,
        attributes: { latency: 10, Jitter: 3, x: 1 },
      }),
  ),
  probe(
    'a stream counts in any case, and stays as it was written',
    json(200, view('latency', { latency: 0, jitter: 0 }, { name: 'latency_UpStream', stream: 'UpStream' })),
    api => add(api, { type: 'latency', stream: 'UpStream' }),
  ),
  probe('toxicity is a 32-bit number, and may be anything', [0.12345679, 5, -1], async api => {
    const given = [0.123456789, 5, -1]
    const answers = await Promise.all(
      given.map((toxicity, index) => add(api, { type: 'noop', name: `t${index}`, toxicity })),
    )
    return answers.map(({ body }) => (body as { toxicity: number }).toxicity)
  }),
  probe('toxicity may not be more than a 32-bit number can say', [400, 'bad request body'], api =>
    refused(add(api, { type: 'noop', toxicity: 1e308 })),
  ),
  probe('attributes are looked at before the stream', [400, 'bad request body'], api =>
    refused(add(api, { type: 'latency', stream: 'sideways', attributes: 5 })),
  ),
  probe('attributes may be null', json(200, LATENCY), api => add(api, { type: 'latency', attributes: null })),
  probe('attributes must be whole numbers', [400, 'bad request body'], api =>
    refused(add(api, { type: 'latency', attributes: { latency: 1.5 } })),
  ),
  probe('attributes must not be text', [400, 'bad request body'], api =>
    refused(add(api, { type: 'latency', attributes: { latency: '5' } })),
  ),
  probe('attributes must be an object', [400, 'bad request body'], api =>
    refused(add(api, { type: 'latency', attributes: 5 })),
  ),
  probe('a toxic without a body is EOF', error(400, 'bad request body: EOF'), api => api.ask('POST', TOXICS, '')),
  probe(
    'the stream is looked at before the type',
    error(400, 'stream was invalid, can be either upstream or downstream'),
    api => add(api, { type: 'nope', stream: 'sideways' }),
  ),
  probe('an unknown type is refused', error(400, 'invalid toxic type'), api => add(api, { type: 'nope' })),
  probe('a toxic needs a type', error(400, 'invalid toxic type'), api => add(api, {})),
  probe('a name can be used once, in either stream', error(409, 'toxic already exists'), async api => {
    await add(api, { type: 'latency', name: 't', stream: 'upstream' })
    return add(api, { type: 'noop', name: 't' })
  }),
  probe('a toxic needs a proxy', error(404, 'proxy not found'), api =>
    api.ask('POST', '/proxies/q/toxics', { type: 'noop' }),
  ),
  probe('toxics are listed by stream, upstream first, then in order', ['c', 'a', 'b'], async api => {
    for (const [name, stream] of [
      ['a', 'downstream'],
      ['b', 'downstream'],
      ['c', 'upstream'],
    ] as const)
      await add(api, { type: 'noop', name, stream })
    const { body } = await api.ask('GET', TOXICS)
    return (body as { name: string }[]).map(({ name }) => name)
  }),
  probe('no toxics are []', json(200, []), api => api.ask('GET', TOXICS)),
  probe('toxics of an unknown proxy are not found', error(404, 'proxy not found'), api =>
    api.ask('GET', '/proxies/q/toxics'),
  ),
  probe('a toxic can be shown', json(200, LATENCY), async api => {
    await add(api, { type: 'latency' })
    return api.ask('GET', `${TOXICS}/latency_downstream`)
  }),
  probe('an unknown toxic is not found', error(404, 'toxic not found'), api => api.ask('GET', `${TOXICS}/t`)),
  ...(['POST', 'PATCH'] as const).flatMap(method => [
    probe(
      `${method} changes attributes and toxicity, keeps what is not given, and ignores the rest`,
      json(200, view('latency', { latency: 10, jitter: 7 }, { toxicity: 0.25 })),
      async api => {
        await add(api, { type: 'latency', attributes: { latency: 10, jitter: 3 } })
        await api.ask(method, `${TOXICS}/latency_downstream`, { attributes: { jitter: 7 } })
        return api.ask(method, `${TOXICS}/latency_downstream`, {
          toxicity: 0.25,
          name: 'x',
          type: 'timeout',
          stream: 'upstream',
        })
      },
    ),
    probe(`${method} of a toxic without a body is EOF`, error(400, 'bad request body: EOF'), async api => {
      await add(api, { type: 'latency' })
      return api.ask(method, `${TOXICS}/latency_downstream`, '')
    }),
    probe(`${method} looks for the toxic first`, error(404, 'toxic not found'), api =>
      api.ask(method, `${TOXICS}/t`, ''),
    ),
    probe(
      `${method} refuses attributes of the wrong kind, and changes nothing`,
      [[400, 'bad request body'], json(200, LATENCY)],
      async api => {
        await add(api, { type: 'latency' })
        const answer = await refused(api.ask(method, `${TOXICS}/latency_downstream`, { attributes: { latency: 'x' } }))
        return [answer, await api.ask('GET', `${TOXICS}/latency_downstream`)]
      },
    ),
  ]),
  probe('DELETE of a toxic works once', [empty(204), error(404, 'toxic not found')], async api => {
    await add(api, { type: 'latency' })
    return [
      await api.ask('DELETE', `${TOXICS}/latency_downstream`),
      await api.ask('DELETE', `${TOXICS}/latency_downstream`),
    ]
  }),
]
