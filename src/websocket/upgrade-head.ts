/** The HTTP that turns a connection into a WebSocket: RFC 6455 §4. Of a proxy that refuses, its answer. */
import { HTTPParser } from 'http-parser-js'
import type { WebSocketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'

/** Twice what Node's own servers take. */
const MOST_BYTES = 32 * 1024
const END = Buffer.from('\r\n\r\n')
const SWITCHING = 101
/** `G` of GET and `H` of HTTP: RFC 6455 §4.1, §4.2.2. No control packet may begin with either. */
export const OPENING_BYTE: Readonly<Record<Flow, number>> = { up: 0x47, down: 0x48 }
/** Of what comes from outside and is kept. */
const LONGEST_PATH = 200
const LONGEST_PROTOCOL = 40
const MOST_PROTOCOLS = 8

export interface ReadHead {
  /** How many bytes of the chunk belong to it; absent: all, and it goes on. */
  readonly bytes?: number
  readonly seen?: WebSocketSummary
  /** Of a request: what follows the path, in which there may be a signature. It is not to be kept. */
  readonly query?: string
  /** Nothing of a WebSocket follows. */
  readonly refused?: true
  readonly damage?: string
}

/** Gathers a request (`up`) or a response, and reads it once it is whole. An interim response (1xx) is passed over. */
export class UpgradeHead {
  readonly #flow: Flow
  #gathered = Buffer.alloc(0)

  constructor(flow: Flow) {
    this.#flow = flow
  }

  clone(): UpgradeHead {
    const twin = new UpgradeHead(this.#flow)
    twin.#gathered = this.#gathered
    return twin
  }

  push(chunk: Buffer): ReadHead {
    const before = this.#gathered.length
    const all = Buffer.concat([this.#gathered, chunk.subarray(0, MOST_BYTES)])
    const end = all.indexOf(END, Math.max(0, before - END.length))
    if (end < 0) {
      this.#gathered = all
      return all.length > MOST_BYTES ? { damage: 'an HTTP head that does not end' } : {}
    }
    this.#gathered = Buffer.alloc(0)
    const bytes = end + END.length - before
    const head = all.subarray(0, end + END.length)
    return { bytes, ...(this.#flow === 'up' ? requestIn(head) : this.#responseIn(head)) }
  }

  #responseIn(head: Buffer): Omit<ReadHead, 'bytes'> {
    const read = parsed(HTTPParser.RESPONSE, head)
    if (!read) return { damage: 'an HTTP response that can not be read' }
    const { statusCode: status, headers } = read
    const protocol = protocolsIn(headers)[0]
    const isDeflate = (headerOf(headers, 'sec-websocket-extensions') ?? '').toLowerCase().includes('permessage-deflate')
    const seen: WebSocketSummary = {
      kind: 'response',
      bytes: head.length,
      status,
      ...(protocol === undefined ? {} : { protocols: [protocol] }),
      ...(isDeflate && status === SWITCHING ? { deflate: true } : {}),
    }
    return { seen, ...(status >= 200 ? { refused: true as const } : {}) }
  }
}

/** Without its query: a presigned URL of AWS has its signature there. */
function requestIn(head: Buffer): Omit<ReadHead, 'bytes'> {
  const read = parsed(HTTPParser.REQUEST, head)
  if (!read) return { damage: 'an HTTP request that can not be read' }
  const [path = '', query = ''] = read.url.split('?', 2)
  const seen: WebSocketSummary = {
    kind: 'request',
    bytes: head.length,
    path: path.slice(0, LONGEST_PATH),
    protocols: protocolsIn(read.headers),
  }
  return { seen, query }
}

interface Parsed {
  readonly url: string
  readonly statusCode: number
  /** Name, value, name, value. */
  readonly headers: readonly string[]
}

function parsed(type: typeof HTTPParser.REQUEST | typeof HTTPParser.RESPONSE, head: Buffer): Parsed | undefined {
  const parser = new HTTPParser(type)
  let read: Parsed | undefined
  parser[HTTPParser.kOnHeadersComplete] = info => {
    read = { url: info.url ?? '', statusCode: info.statusCode ?? 0, headers: info.headers }
  }
  // It gives an Error back, and throws none.
  return parser.execute(head) instanceof Error ? undefined : read
}

function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) if (headers[i]?.toLowerCase() === name) return headers[i + 1]
  return undefined
}

const protocolsIn = (headers: readonly string[]): readonly string[] =>
  (headerOf(headers, 'sec-websocket-protocol') ?? '')
    .split(',', MOST_PROTOCOLS)
    .map(name => name.trim().slice(0, LONGEST_PROTOCOL))
    .filter(name => name !== '')

/** Whether the upgrade is done with this: 101, RFC 6455 §4.2.2. */
export const isUpgraded = ({ status }: Pick<WebSocketSummary, 'status'>): boolean => status === SWITCHING
