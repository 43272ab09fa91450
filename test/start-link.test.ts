import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startLink } from '../src/start-link.ts'
import { linkTest } from '../src/vitest/link-fixture.ts'

/** A service that says everything again, and that is no MQTT. */
const server = createServer({ allowHalfOpen: true }, socket => {
  served.push(socket)
  socket.on('error', () => {}).on('data', bytes => socket.write(bytes))
})
const served: Socket[] = []
let upstream = ''

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('unreachable')
  upstream = `127.0.0.1:${address.port}`
})

afterAll(() => {
  for (const socket of served) socket.destroy()
  server.close()
})

async function dial({ host, port }: { readonly host: string; readonly port: number }) {
  const socket = connect({ host, port })
  const told: string[] = []
  let text = ''
  socket
    .on('data', bytes => (text += bytes))
    .on('end', () => told.push('fin'))
    .on('error', () => told.push('rst'))
  await new Promise(resolve => socket.once('connect', resolve))
  return { socket, told, text: () => text }
}

describe('a link before any TCP service', () => {
  it('passes bytes, tells nobody on a dead path, and gives back what it held', async () => {
    await using link = await startLink({ upstream })
    const { socket, text, told } = await dial(link)
    socket.write('hello, no MQTT')
    await link.seen(event => event.what === 'data' && event.edge === 'client' && event.flow === 'down')
    await expect.poll(text).toBe('hello, no MQTT')
    const dead = await link.fault({ blackhole: { recovery: 'at-once' } })
    socket.write(' again')
    const touched = await link.seen(event => event.what === 'fault-touched')
    expect(touched).toMatchObject({ fault: dead.name })
    expect([text(), told]).toEqual(['hello, no MQTT', []])
    await dead.lift()
    await dead.lift()
    await expect.poll(text).toBe('hello, no MQTT again')
    socket.destroy()
    expect(await link.seen(event => event.what === 'fin' && event.edge === 'broker')).toMatchObject({ from: 'client' })
  })

  it('resets one side and leaves the other with a ghost', async () => {
    await using link = await startLink({ upstream, latencyMs: 1 })
    const { told } = await dial(link)
    await link.seen(event => event.what === 'open' && event.edge === 'broker')
    await using _ = await link.fault({ reset: { side: 'client' } })
    await expect.poll(() => told).toEqual(['rst'])
    expect(link.events.filter(({ what }) => what === 'rst')).toMatchObject([{ edge: 'client', from: 'fault' }])
  })

  it('refuses what a link can not do, with what is wrong', async () => {
    await using link = await startLink({ upstream })
    await expect(link.fault('freeze')).rejects.toThrow(/freeze is done to the broker's process/)
    await expect(link.fault({ delay: { latency: 'soon' as '1s' } })).rejects.toThrow(/delay: latency: .*duration/)
    await expect(link.fault('gremlin' as 'reset')).rejects.toThrow(/no fault is called gremlin/)
    await expect(link.fault({ 'idle-cut': { after: '1.5K' } })).rejects.toThrow(/keepaliveMs/)
    await expect(link.seen(() => false, { withinMs: 1 })).rejects.toThrow(/within 1 ms/)
    await expect(startLink({ upstream: 'somewhere' })).rejects.toThrow(/is no address/)
  })
})

describe('the fixture', () => {
  // The address is known only once the service listens.
  const test = linkTest({
    get upstream() {
      return upstream
    },
  })
  test('gives each test a link of its own', async ({ link }) => {
    const { socket, text } = await dial(link)
    socket.end('bye')
    await expect.poll(text).toBe('bye')
    expect(link.events[0]).toMatchObject({ what: 'open', edge: 'client' })
  })
})
