/**
 * What the kernel knows of a socket that is not read: how much waits in it, and whether its peer has closed. A FIN stands behind the
 * bytes that were not read, so that no read shows it; but a peer on this machine has its own line in the kernel's table (Linux:
 * /proc/net/tcp, Documentation/networking/proc_net_tcp.rst).
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

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

/** Those who ask while the table is being read share it. */
let reading: Promise<string> | undefined

function readTables(): Promise<string> {
  reading ??= Promise.all(TABLES.map(path => readFile(path, 'latin1').catch(() => '')))
    .then(texts => texts.join(''))
    .finally(() => {
      reading = undefined
    })
  return reading
}

/**
 * The table is read in pieces, and each piece begins so many lines after the first: where others open and close sockets meanwhile, a line
 * is passed over now and then. So one that is missing is missing in all of so many looks.
 */
const LOOKS = 4

/** What looks at the peer of this socket. Its answer is `undefined` where the peer is not on this machine. */
export function peerViewer(
  socket: Pick<Socket, 'localPort' | 'remotePort'>,
  tables: () => Promise<string> = readTables,
): () => Promise<PeerView | undefined> {
  let ports: readonly [number, number] | undefined
  let wasSeen = false
  return async () => {
    // A socket that was reset has forgotten them.
    if (socket.localPort !== undefined && socket.remotePort !== undefined) ports = [socket.localPort, socket.remotePort]
    if (!ports) return undefined
    const [near, far] = ports
    let isOurEndThere = false
    for (let i = 0; i < LOOKS; i++) {
      const table = await tables()
      const [own, peer] = [rowOf(table, near, far), rowOf(table, far, near)]
      if (peer) {
        wasSeen = true
        return viewOf(own, peer)
      }
      isOurEndThere ||= own !== undefined
    }
    return isOurEndThere && !wasSeen ? undefined : { ended: 'rst' }
  }
}
