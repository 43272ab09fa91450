/** The program that asks a kernel for its sockets, for real: here, since loopback shows all that it has to tell. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type SocketReport, startSocketWatch } from '../../../../src/link/kinds/firewall/socket-watch.ts'
import { noProgram, titled } from '../../../needs.ts'

const noPerl = process.platform === 'linux' ? noProgram('perl') : 'other systems tell of their sockets otherwise'
/** include/net/tcp_states.h: FIN_WAIT1, FIN_WAIT2. */
const CLOSED = [4, 5]
const SOON = { timeout: 20_000 }

describe.each(['sock_diag', 'table'] as const)('by %s', how => {
  test.skipIf(noPerl)(titled('a socket is told of when it is new and when it changes', noPerl), async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const accepted = once(server, 'connection')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(client, 'connect')
    const [far] = (await accepted) as [Socket]
    const address = ({ port }: { port?: number | undefined }) => `127.0.0.1:${port}`
    const [local, remote] = [address({ port: client.localPort }), address({ port: client.remotePort })]
    const told: SocketReport[] = []
    const wrong: string[] = []
    const watch = startSocketWatch({
      how,
      enter: (file, args) => [file, ...args],
      changed: (id, report) => void (id === 7 && told.push(report)),
      trouble: note => void wrong.push(note),
    })
    try {
      watch.watch(7, local, remote)
      await expect.poll(() => told[0], SOON).toMatchObject({ state: 1, sendBytes: 0, lookedMs: undefined })
      // More than both kernels hold: what nobody reads stays here.
      client.write(Buffer.alloc(32_000_000))
      await expect.poll(() => told.at(-1)?.sendBytes ?? 0, SOON).toBeGreaterThan(100_000)
      const { seenMs = 0, lookedMs = 0 } = told.at(-1) ?? {}
      expect(lookedMs).toBeGreaterThan(0)
      expect(seenMs).toBeGreaterThan(lookedMs)
      const written = ({ sendBytes = 0, ackedBytes = 0 }: Partial<SocketReport> = {}) => sendBytes + ackedBytes
      const taken = written(told.at(-1))
      watch.watch(8, '127.0.0.1:1', '127.0.0.1:2')
      client.destroy()
      await expect.poll(() => CLOSED.includes(told.at(-1)?.state ?? 1), SOON).toBe(true)
      // The FIN is one more; what is acknowledged meanwhile is written all the same.
      if (how === 'sock_diag') expect(written(told.at(-1))).toBe(taken + 1)
      far.destroy()
      await expect.poll(() => told.at(-1)?.state, SOON).toBe(0)
      const count = told.length
      watch.forget(7)
      expect([told.length, wrong]).toEqual([count, []])
    } finally {
      await watch[Symbol.asyncDispose]()
      client.destroy()
      server.close()
    }
  })
})

test.skipIf(noPerl)(titled('a program that ends by itself is trouble, with its words', noPerl), async () => {
  const wrong: string[] = []
  await using _watch = startSocketWatch({
    enter: () => ['sh', '-c', 'echo no such network >&2'],
    changed: () => {},
    trouble: note => void wrong.push(note),
  })
  await expect.poll(() => wrong, SOON).toEqual(['nobody looks at the sockets of a peer any more: no such network'])
})
