import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/kit.ts'
import { realClock } from '../../../src/clock/real.ts'
import { Hub } from '../../../src/link/pipe/hub.ts'
import { startRelay } from '../../../src/link/pipe/relay.ts'
import { readSocket } from '../../../src/link/pipe/socket-reader.ts'
import { unwatched, type Watch } from '../../../src/link/pipe/tap.ts'
import { delay } from '../../../src/link/toxics/delay-toxic.ts'
import { FLOWS } from '../../../src/model/flow.ts'
import { until } from '../kinds/sockets.ts'

async function listening(
  onSocket: (socket: Socket) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, onSocket)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('unreachable')
  return { server, port: address.port }
}

/** A relay before a server that keeps its sockets. */
async function relayed(watch: Watch = unwatched) {
  const accepted: Socket[] = []
  const { server, port } = await listening(socket => accepted.push(socket))
  const clock = realClock()
  const hub = new Hub(
    { clock, random: Math.random, runId: 'test', record() {} },
    { latencyMs: 0, jitterMs: 0 },
    () => watch,
  )
  const relay = await startRelay(hub, { host: '127.0.0.1', port })
  const pair = async () => {
    const client = connect({ ...relay.address, allowHalfOpen: true })
    await once(client, 'connect')
    await until(() => accepted.length > 0)
    return [client, accepted.shift() as Socket] as const
  }
  const end = async () => {
    await relay[Symbol.asyncDispose]()
    server.close()
  }
  return { hub, pair, [Symbol.asyncDispose]: end }
}

/** Sends so many bytes of its own in pieces of any size; resolves with their digest. */
async function send(socket: Socket, bytes: number, seed: number): Promise<string> {
  const random = seededRandom(seed)
  const digest = createHash('sha1')
  for (let left = bytes; left > 0; ) {
    const longest = random() < 0.5 ? 200 : 600_000
    const piece = Buffer.alloc(Math.min(left, 1 + Math.floor(random() * longest)), Math.floor(random() * 256))
    piece.writeUInt8(Math.floor(random() * 256), Math.floor(random() * piece.length))
    left -= piece.length
    digest.update(piece)
    if (!socket.write(piece)) await once(socket, 'drain')
    if (random() < 0.1) await pause(1)
  }
  socket.end()
  return digest.digest('hex')
}

/** Stops now and then, so that the link's own writes pile up. */
async function receive(socket: Socket, seed: number): Promise<string> {
  const random = seededRandom(seed)
  const digest = createHash('sha1')
  socket.on('data', bytes => {
    digest.update(bytes)
    if (random() > 0.1) return
    socket.pause()
    setTimeout(() => socket.resume(), random() * 20)
  })
  await once(socket, 'end')
  return digest.digest('hex')
}

const BYTES = 6_000_000
const PAIRS = 12

describe('the sockets of a relay', () => {
  it.each([false, true])(
    'carry every byte in order, however slow its reader is; toxics come and go: %s',
    async withToxics => {
      await using relay = await relayed()
      const pairs: (readonly [Socket, Socket])[] = []
      for (let i = 0; i < PAIRS; i++) pairs.push(await relay.pair())
      let isOver = false
      const meddle = async () => {
        for (let turn = 0; withToxics && !isOver; turn++) {
          relay.hub.place({ key: `t${turn}`, toxic: delay, attributes: { latencyMs: 3, jitterMs: 2 }, flows: FLOWS })
          await pause(30)
          relay.hub.lift(`t${turn}`)
          await pause(30)
        }
      }
      const meddled = meddle()
      const flows = pairs.flatMap(([client, broker], i) => [
        [client, broker, 2 * i] as const,
        [broker, client, 2 * i + 1] as const,
      ])
      const all = await Promise.all(
        flows.map(async ([from, to, seed]) => {
          const got = receive(to, seed)
          return [await send(from, BYTES, seed), await got]
        }),
      )
      isOver = true
      await meddled
      for (const [sent, got] of all) expect(got).toBe(sent)
    },
    60_000,
  )

  it('are read into a few buffers that are used again', async () => {
    const buffers = new Set<ArrayBufferLike>()
    let lent = 0
    let chunks = 0
    const watch: Watch = {
      ...unwatched,
      entered(_side, item) {
        if (item.what !== 'bytes') return
        chunks++
        if (item.lent) lent++
        buffers.add(item.bytes.buffer)
      },
    }
    await using relay = await relayed(watch)
    const [client, broker] = await relay.pair()
    const got = receive(broker, 1)
    expect(await send(client, 20_000_000, 1)).toBe(await got)
    expect(chunks).toBeGreaterThan(60)
    expect(lent).toBeGreaterThan(chunks * 0.9)
    expect(buffers.size).toBeLessThan(chunks / 3)
    client.destroy()
    broker.destroy()
  })
})

/** What a reader of one end of a connection is told. */
async function reading(keepBytes: number, borrows = true) {
  const told: string[] = []
  let bytes = 0
  let near: Socket | undefined
  const { server, port } = await listening(socket => {
    near = socket
  })
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await until(() => near !== undefined)
  const socket = near as Socket
  const hearer = {
    borrows: () => borrows,
    bytes: (piece: Buffer) => {
      bytes += piece.length
      told.push(piece.length > 100 ? `${piece.length}` : piece.toString())
    },
    end: () => told.push('end'),
  }
  const reader = readSocket(socket, hearer, keepBytes)
  const close = async () => {
    far.destroy()
    socket.destroy()
    server.close()
  }
  return { told, far, socket, reader, read: () => bytes, [Symbol.asyncDispose]: close }
}

describe('a reader that pauses', () => {
  it('hears of a FIN that nothing stands before', async () => {
    await using here = await reading(1000)
    here.reader.pause()
    here.far.end()
    await until(() => here.told.length > 0)
    expect(here.told).toEqual(['end'])
  })

  it('keeps what was read, in order, and the FIN behind it', async () => {
    await using here = await reading(1000)
    here.far.write('a')
    await until(() => here.told.length > 0)
    here.reader.pause()
    here.far.write('b')
    await until(() => here.socket.bytesRead === 2)
    here.far.end('c')
    await until(() => here.socket.bytesRead === 3)
    await pause(20)
    expect(here.told).toEqual(['a'])
    here.reader.resume()
    await until(() => here.told.includes('end'))
    expect(here.told).toEqual(['a', 'b', 'c', 'end'])
  })

  it.each([true, false])(
    'takes no more than its bound and one read from the kernel (whoever hears borrows: %s)',
    async borrows => {
      const keepBytes = 256 * 1024
      await using here = await reading(keepBytes, borrows)
      here.reader.pause()
      const sent = 30_000_000
      here.far.write(Buffer.alloc(sent))
      await until(() => here.socket.isPaused())
      const read = here.socket.bytesRead
      await pause(50)
      expect(here.socket.bytesRead).toBe(read)
      expect(read).toBeGreaterThanOrEqual(keepBytes)
      expect(read).toBeLessThan(2 * keepBytes + 4096)
      expect(here.told).toEqual([])
      here.reader.resume()
      await until(() => here.read() === sent)
    },
  )
})

it('a socket that has not what Node reads into a buffer with is read in its usual way', async () => {
  const told: string[] = []
  const socket = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() })
  const hearer = {
    borrows: () => true,
    bytes: (bytes: Buffer, lent: boolean) => told.push(`${bytes} ${lent}`),
    end: () => told.push('end'),
  }
  const reader = readSocket(socket as unknown as Socket, hearer, 1000)
  socket.push('a')
  await pause(1)
  reader.pause()
  socket.push('b')
  await pause(1)
  expect(told).toEqual(['a false'])
  reader.resume()
  socket.push(null)
  await pause(5)
  expect(told).toEqual(['a false', 'b false', 'end'])
})
