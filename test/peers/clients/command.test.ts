import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { milliseconds } from '../../../src/model/duration.ts'
import type { EventBody } from '../../../src/model/event.ts'
import type { ClientContext } from '../../../src/peers/clients/client.ts'
import { command, fill, options } from '../../../src/peers/clients/command.ts'
import { programOf } from '../../../src/peers/clients/program/environment.ts'
import { isAlive } from './processes.ts'

const context = (
  given: { command: string; restart?: ReturnType<typeof milliseconds> },
  events: EventBody[],
): ClientContext<typeof given> => ({
  record: event => events.push(event),
  options: given,
  address: { host: '127.0.0.1', port: 1234 },
  clientId: 'ho-r-1',
  keepaliveS: 7,
  protocol: 4,
  will: { topic: 'halfopen/r/1/will', qos: 1, payload: Buffer.from('will') },
  subscribe: { topic: 'halfopen/r/1/down', qos: 1 },
})

/** However long a busy machine takes. */
const PATIENCE = { timeout: 60_000 }

const words = (events: readonly EventBody[]) =>
  events.flatMap(event =>
    'note' in event && event.note !== undefined ? [`${event.what}: ${event.note}`] : [event.what],
  )

describe('a command as client', () => {
  it('refuses a placeholder that there is none of', () => {
    expect(options.safeParse({ command: 'sub -h {host}' }).success).toBe(true)
    expect(options.safeParse({ command: 'sub -h {hosts}' }).error?.message).toMatch(/hosts.*none of host, port/)
  })

  it('names its program', () => {
    expect(programOf('mosquitto_sub -h x')).toBe('mosquitto_sub')
    expect(programOf('A=1 device')).toBeUndefined()
    const values = {
      host: 'h',
      port: '1',
      keepalive: '2',
      clientid: 'c',
      topic: 't',
      will_topic: 'w',
      protocol: '4',
      ca: '',
      cert: '',
      key: '',
    }
    expect(fill('x {host}:{port} {keepalive}', values)).toBe('x h:1 2')
  })

  it('is told where to connect, and its words and end are evidence', async () => {
    const events: EventBody[] = []
    const text = 'echo "{host} {port} {keepalive} {topic}" "$HALFOPEN_CLIENTID" >&2; echo halfopen down 3; exit 5'
    await using _client = await command.start(context({ command: text }, events))
    await vi.waitFor(() => expect(words(events)).toContain('exited: exit code 5'), PATIENCE)
    await vi.waitFor(() => expect(words(events)).toContain('received'), PATIENCE)
    expect(words(events)).toContain('started: ho-r-1')
    expect(words(events)).toContain('log: 127.0.0.1 1234 7 halfopen/r/1/down ho-r-1')
  })

  it('is started again where the scenario says so', async () => {
    const events: EventBody[] = []
    await using _client = await command.start(context({ command: 'exit 1', restart: milliseconds(50) }, events))
    await vi.waitFor(() => expect(events.filter(({ what }) => what === 'started').length).toBeGreaterThan(2), PATIENCE)
  })

  it('may print what it was given as a secret: evidence has stars', async () => {
    const events: EventBody[] = []
    const text = 'MY_TOKEN=s3cret sh -c \'echo "I am $MY_TOKEN, to mqtt://ann:pw-17@broker" >&2\''
    await using _client = await command.start(context({ command: text }, events))
    await vi.waitFor(() => expect(words(events)).toContain('log: I am ***, to mqtt://***@broker'), PATIENCE)
  })

  it('leaves a bounded log, however often it is started', async () => {
    const events: EventBody[] = []
    const again = { command: 'yes x | head -n 150 >&2', restart: milliseconds(0) }
    await using _client = await command.start(context(again, events))
    const count = (what: string) => events.filter(event => event.what === what).length
    await vi.waitFor(() => expect(count('exited')).toBeGreaterThan(2), PATIENCE)
    expect(count('log')).toBe(200)
  })

  it('ends with all that it has started', async () => {
    const events: EventBody[] = []
    const client = await command.start(context({ command: 'sleep 61 & echo $! >&2; sleep 62' }, events))
    let pid = 0
    await vi.waitFor(() => {
      pid = Number(
        words(events)
          .find(text => text.startsWith('log: '))
          ?.slice(5),
      )
      expect(pid).toBeGreaterThan(1)
    }, PATIENCE)
    await client[Symbol.asyncDispose]()
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), PATIENCE)
  })

  it.skipIf(process.platform !== 'linux')('ends with halfopen, however that ended', async () => {
    const args = ['--import', './test/load-built.js', join(import.meta.dirname, 'hold-command.ts')]
    const halfopen = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const pids: number[] = []
    createInterface({ input: halfopen.stdout }).on('line', line => pids.push(Number(line)))
    await vi.waitFor(() => expect(pids).toHaveLength(2), PATIENCE)
    expect(pids.map(isAlive)).toEqual([true, true])
    halfopen.kill('SIGKILL')
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), PATIENCE)
  })
})
