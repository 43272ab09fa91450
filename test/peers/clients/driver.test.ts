import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { EventBody } from '../../../src/model/event.ts'
import type { ClientContext } from '../../../src/peers/clients/client.ts'
import { parseLine } from '../../../src/peers/clients/driver/start-driver.ts'
import { driver } from '../../../src/peers/clients/driver.ts'
import { redactor } from '../../../src/peers/clients/program/environment.ts'

type Event = EventBody & { readonly note?: string }

const FAKE = join(import.meta.dirname, 'fake-driver.cjs')

function contextOf(lines: readonly unknown[], events: Event[], given: Partial<ClientContext> = {}) {
  return {
    record: (event: Event) => events.push(event),
    options: { command: `node ${FAKE} '${JSON.stringify(lines)}'` },
    address: { host: '127.0.0.1', port: 1234 },
    clientId: 'ho-r-1',
    keepaliveS: 7,
    protocol: 5 as const,
    will: { topic: 'halfopen/r/1/will', qos: 1 as const, payload: Buffer.from('gone') },
    ...given,
  } as ClientContext<{ command: string; reconnect?: boolean }>
}

const seen = (events: readonly Event[], what: string) => events.filter(event => event.what === what)
/** However long a busy machine takes. */
const until = (test: () => void) => vi.waitFor(test, { timeout: 60_000 })
/** What the fake says of its environment. */
async function environmentTold(events: readonly Event[]): Promise<Record<string, string>> {
  const notes = () => seen(events, 'log').map(({ note = '' }) => note)
  await until(() => expect(notes()).toContain('env end'))
  return Object.fromEntries(
    notes().flatMap(note => {
      const [, name, value] = /^env (\w+) (.*)$/.exec(note) ?? []
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
  )
}

describe.concurrent('a driver', () => {
  it('is believed what its library told its application', async ({ expect }) => {
    const events: Event[] = []
    const lines = [
      { what: 'connected', serverKeepAliveS: 30 },
      { what: 'received', payload: 'halfopen down 7' },
      { what: 'received', payload: 'somebody else' },
      { what: 'closed', code: 16, note: 'on_disconnect: gone', more: 1 },
      { what: 'reconnecting' },
      { what: 'offline' },
      { what: 'error', code: 5, note: 'refused' },
    ]
    await using _client = await driver.start(contextOf(lines, events))
    await until(() => expect(seen(events, 'error')).toHaveLength(1))
    expect(events.filter(({ what }) => what !== 'log')).toEqual([
      { who: 'client', what: 'started', note: 'ho-r-1' },
      { who: 'client', what: 'connected', serverKeepAliveS: 30 },
      { who: 'client', what: 'received', flow: 'down', seq: 7 },
      { who: 'client', what: 'closed', code: 16, note: 'on_disconnect: gone' },
      { who: 'client', what: 'reconnecting' },
      { who: 'client', what: 'offline' },
      { who: 'client', what: 'error', code: 5, note: 'refused' },
    ])
  })

  it('is only quoted where it says anything else', async ({ expect }) => {
    const events: Event[] = []
    const lines = [
      'hello',
      { what: 'dreaming' },
      { what: 'closed', code: 'five' },
      '{"what":"closed"',
      { what: 'offline' },
    ]
    await using _client = await driver.start(contextOf(lines, events))
    await until(() => expect(seen(events, 'offline')).toHaveLength(1))
    expect(seen(events, 'closed')).toEqual([])
    const said = seen(events, 'log').map(({ note }) => note)
    expect(said).toEqual(
      expect.arrayContaining(['hello', '{"what":"dreaming"}', '{"what":"closed","code":"five"}', '{"what":"closed"']),
    )
  })

  it('is not quoted for ever', async ({ expect }) => {
    const events: Event[] = []
    const lines = [...Array.from({ length: 400 }, (_, i) => `line ${i}`), { what: 'offline' }]
    await using _client = await driver.start(contextOf(lines, events))
    await until(() => expect(seen(events, 'offline')).toHaveLength(1))
    expect(seen(events, 'log').length).toBeLessThanOrEqual(200)
  })

  it('is handed messages line by line, and they are published from then on', async ({ expect }) => {
    const events: Event[] = []
    const client = await driver.start(contextOf([], events))
    client.publish?.({ topic: 'a/b', qos: 1, payload: Buffer.from('halfopen up 3 ....') }, 3)
    expect(events.at(-1)).toEqual({ who: 'client', what: 'published', flow: 'up', seq: 3 })
    await until(() => expect(seen(events, 'acknowledged')).toHaveLength(1))
    expect(seen(events, 'acknowledged')).toEqual([{ who: 'client', what: 'acknowledged', flow: 'up', seq: 3 }])
    await until(() =>
      expect(seen(events, 'log').map(({ note }) => note)).toContain('got: publish 3 1 a/b halfopen up 3 ....'),
    )
    await client[Symbol.asyncDispose]()
    expect(seen(events, 'exited')).toEqual([])
  })

  it('that ended is known by its exit code, and gets no more messages', async ({ expect }) => {
    const events: Event[] = []
    const context = contextOf([], events)
    await using client = await driver.start({ ...context, options: { command: 'true; exit 4' } })
    await until(() => expect(seen(events, 'exited')).toHaveLength(1))
    expect(seen(events, 'exited')).toEqual([{ who: 'client', what: 'exited', code: 4, note: 'exit code 4' }])
    await until(() => {
      const count = seen(events, 'published').length
      client.publish?.({ topic: 'a', qos: 0, payload: Buffer.from('halfopen up 1') }, 1)
      expect(seen(events, 'published').length).toBe(count)
    })
  })

  it('is told all by its environment, and only what applies', async ({ expect }) => {
    process.env.HALFOPEN_USERNAME = 'left over'
    const events: Event[] = []
    await using _client = await driver.start(contextOf([], events))
    const { HALFOPEN_RUN, ...all } = await environmentTold(events)
    delete process.env.HALFOPEN_USERNAME
    // What whoever runs these tests has set for halfopen itself.
    const told = Object.fromEntries(Object.entries(all).filter(([name]) => !(name in process.env)))
    expect(HALFOPEN_RUN).toMatch(/^[\da-f.-]+\/\d+\/$/)
    expect(told).toEqual({
      HALFOPEN_HOST: '127.0.0.1',
      HALFOPEN_PORT: '1234',
      HALFOPEN_KEEPALIVE: '7',
      HALFOPEN_CLIENTID: 'ho-r-1',
      HALFOPEN_PROTOCOL: '5',
      HALFOPEN_SCHEME: 'mqtt',
      HALFOPEN_WILL_TOPIC: 'halfopen/r/1/will',
      HALFOPEN_WILL_PAYLOAD: 'gone',
      HALFOPEN_WILL_QOS: '1',
    })
  })

  it("is told the broker's secrets too, and they are not recorded where it prints them", async ({ expect }) => {
    const events: Event[] = []
    const access = {
      scheme: 'mqtts',
      ca: '/ca.pem',
      username: 'marvin',
      password: 'to"p secret',
      alpn: ['a', 'b'],
    } as const
    const lines = [
      { what: 'closed', note: 'no user marvin with to"p secret' },
      'marvin:to%22p%20secret',
      { what: 'offline' },
    ]
    const context = contextOf(lines, events, { access, subscribe: { topic: 'x/y', qos: 1 } })
    await using _client = await driver.start({ ...context, options: { ...context.options, reconnect: false } })
    await until(() => expect(seen(events, 'offline')).toHaveLength(1))
    const told = await environmentTold(events)
    expect(JSON.stringify(events)).not.toMatch(/marvin|secret/)
    expect(seen(events, 'closed')).toMatchObject([{ note: 'no user *** with ***' }])
    expect(told).toMatchObject({
      HALFOPEN_SCHEME: 'mqtts',
      HALFOPEN_CA: '/ca.pem',
      HALFOPEN_ALPN: 'a,b',
      HALFOPEN_USERNAME: '***',
      HALFOPEN_PASSWORD: '***',
      HALFOPEN_SUBSCRIBE: 'x/y',
      HALFOPEN_SUBSCRIBE_QOS: '1',
      HALFOPEN_RECONNECT: '0',
    })
  })

  it('is started by the command that becomes it where it is to live', async ({ expect }) => {
    const events: Event[] = []
    const enter = (file: string, args: readonly string[]) => ['env', 'ELSEWHERE=1', file, ...args] as const
    const context = contextOf([], events, { enter })
    await using _client = await driver.start({ ...context, options: { command: 'echo $ELSEWHERE; sleep 9' } })
    await until(() => expect(seen(events, 'log').map(({ note }) => note)).toContain('1'))
  })
})

describe('a line of a driver', () => {
  it.each([
    ['{"what":"connected","serverKeepAliveS":65536}', 'a keep-alive has two bytes'],
    ['{"what":"acknowledged","seq":0}', 'messages count from 1'],
    ['{"what":"acknowledged"}', 'of which message'],
    ['[]', 'no object'],
    ['', 'nothing'],
  ])('%s is none', line => expect(parseLine(line)).toBeUndefined())

  it('leaves out what nobody asked for', () =>
    expect(parseLine('{"what":"closed","code":-1,"payload":"x"}')).toEqual({ what: 'closed', code: -1 }))
})

describe('a redactor', () => {
  it('takes the longer of two secrets first', () => expect(redactor(['ab', 'abc'])('abc ab')).toBe('*** ***'))
  it('without secrets leaves everything as it is', () => expect(redactor([undefined, ''])('abc')).toBe('abc'))
})
