/**
 * What the kernel knows of a socket that is not read: how much waits in it, and whether its peer has closed. A FIN stands behind the
 * bytes that were not read, so that no read shows it; but a peer on this machine has its own line in the kernel's table (Linux:
 * /proc/net/tcp, Documentation/networking/proc_net_tcp.rst).
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { realClock } from '../../clock/real.ts'

/**
 * A peer as its kernel has it: closed, in order or with an RST; or open, and so much has it sent that nobody has read, in its own
 * buffer and in the one of the end that is not read (a byte that was received and is not yet acknowledged is counted in both).
 */
export type PeerView = { readonly ended: 'fin' | 'rst' } | { readonly ended?: never; readonly unreadBytes: number }

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/** include/net/tcp_states.h: FIN_WAIT1, FIN_WAIT2, TIME_WAIT, LAST_ACK, CLOSING. */
const CLOSED: ReadonlySet<string> = new Set(['04', '05', '06', '09', '0B'])

/** Whether this machine shows such a table. */
export const canView = (): boolean => existsSync('/proc/net/tcp')

export interface SocketRow {
  readonly state: string
  readonly sendBytes: number
  readonly receiveBytes: number
}

const portText = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')

/** The line of the socket with these ports, or with this one of its own; `undefined` where there is none. */
export function rowOf(table: string, localPort: number, remotePort?: number): SocketRow | undefined {
  const local = portText(localPort)
  const remote = remotePort === undefined ? '' : `:${portText(remotePort)}`
  for (let at = table.indexOf(`:${local} `); at >= 0; at = table.indexOf(`:${local} `, at + 1)) {
    // What stands behind the local address: `0100007F:1F90 01 00000000:00000000 ...`. Where the port was a peer's, it is something else.
    const start = at + local.length + 2
    const [address = '', state = '', queues = ''] = table.slice(start, start + LONGEST_REST).split(' ')
    if (!address.includes(':') || !address.endsWith(remote)) continue
    const [send = '', receive = ''] = queues.split(':')
    return { state, sendBytes: Number.parseInt(send, 16), receiveBytes: Number.parseInt(receive, 16) }
  }
  return undefined
}

/** An address of IPv6 with its port, a state, two queues. */
const LONGEST_REST = 37 + 1 + 2 + 1 + 17 + 1

/** `near` and `far` are our end and the peer's, as the table shows them. Where ours is gone too, it was reset. */
export function viewOf(near: SocketRow | undefined, far: SocketRow | undefined): PeerView | undefined {
  if (!far) return near ? undefined : { ended: 'rst' }
  return CLOSED.has(far.state) ? { ended: 'fin' } : { unreadBytes: (near?.receiveBytes ?? 0) + far.sendBytes }
}

/** One table of each kind; those who ask before it is read share it. */
const reading: (Promise<string> | undefined)[] = []

/**
 * The kernel walks through its whole table for each reading, whatever is in it: 5 ms where memory is plenty. It is asked for again once four
 * times as long has passed, and whoever asks meanwhile shares that reading.
 */
const REST = 4
const LONGEST_REST_MS = 200
const clock = realClock()
let tookMs = 0

async function read(path: string): Promise<string> {
  const restMs = Math.min(LONGEST_REST_MS, REST * tookMs)
  if (restMs > 0) await new Promise<void>(resolve => clock.at(clock.nowMs() + restMs, resolve))
  const fromMs = clock.nowMs()
  const text = await readFile(path, 'latin1').catch(() => '')
  tookMs = clock.nowMs() - fromMs
  return text
}

async function readTables(isBoth: boolean): Promise<string> {
  const paths = isBoth ? TABLES : TABLES.slice(0, 1)
  const texts = paths.map((path, i) => {
    reading[i] ??= read(path).finally(() => {
      reading[i] = undefined
    })
    return reading[i]
  })
  return (await Promise.all(texts)).join('')
}

/**
 * The table is read in pieces, and each piece begins so many lines after the first: where others open and close sockets meanwhile, a line
 * is passed over now and then. So one that is missing is missing in all of so many looks.
 */
const LOOKS = 4

/** What looks at the peer of this socket. Its answer is `undefined` where the peer is not on this machine. */
export function peerViewer(
  socket: Pick<Socket, 'localPort' | 'remotePort'>,
  tables: (isBoth: boolean) => Promise<string> = readTables,
): () => Promise<PeerView | undefined> {
  let ports: readonly [number, number] | undefined
  let wasSeen = false
  // Most peers speak IPv4, and each table costs as much.
  let isBoth = false
  return async () => {
    // A socket that was reset has forgotten them.
    if (socket.localPort !== undefined && socket.remotePort !== undefined) ports = [socket.localPort, socket.remotePort]
    if (!ports) return undefined
    const [near, far] = ports
    let isOurEndThere = false
    for (let looks = 0; looks < LOOKS; ) {
      const table = await tables(isBoth)
      const [own, peer] = [rowOf(table, near, far), rowOf(table, far, near)]
      if (peer && (own || isBoth)) {
        wasSeen = true
        return viewOf(own, peer)
      }
      isOurEndThere ||= own !== undefined
      if (isBoth) looks++
      isBoth = true
    }
    return isOurEndThere && !wasSeen ? undefined : { ended: 'rst' }
  }
}
