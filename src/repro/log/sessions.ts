import { parseLog } from '../../brokers/mosquitto/log.ts'

/** One connection of one client, as a log of mosquitto tells it. */
export interface Session {
  readonly clientId: string
  readonly fromMs: number
  readonly keepaliveS: number
  /** When the log has the client saying something, and the broker; empty where packets are not logged. */
  readonly heard: readonly number[]
  readonly said: readonly number[]
  readonly end?: SessionEnd
}

export interface SessionEnd {
  readonly atMs: number
  /** `closed`: FIN or RST without a DISCONNECT, which mosquitto tells alike. */
  readonly how: 'timeout' | 'closed' | 'taken-over' | 'disconnect'
}

export interface ReadLog {
  readonly sessions: readonly Session[]
  /** Whether it has packets (`log_type all` or `debug`), without which silences can't be measured. */
  readonly hasPackets: boolean
  /** Lines with a date that could be read. */
  readonly dated: number
}

interface Open {
  clientId: string
  fromMs: number
  keepaliveS: number
  heard: number[]
  said: number[]
  bidGoodbye: boolean
}

const STAMP = /^(?:(\d{9,11})|(\d{4}-\d\d-\d\dT[\d:]+(?:[+-]\d{4}|Z)?)): (.*)$/
const RECEIVED = /^Received (\w+) from (\S+)/
const SENDING = /^Sending (\w+) to (\S+)/
const KEEPALIVE = /\bk(\d+)/

/** Lines without a date are left out. It never throws. */
export function readLog(text: string): ReadLog {
  const open = new Map<string, Open>()
  const sessions: Session[] = []
  let dated = 0
  let hasPackets = false
  const close = (clientId: string, end?: SessionEnd) => {
    const session = open.get(clientId)
    if (!session) return
    open.delete(clientId)
    const { bidGoodbye, ...rest } = session
    const how = end?.how === 'closed' && bidGoodbye ? 'disconnect' : end?.how
    sessions.push({ ...rest, ...(end && how ? { end: { atMs: end.atMs, how } } : {}) })
  }
  for (const line of text.split('\n')) {
    const [, epoch, iso, rest = ''] = STAMP.exec(line.trimEnd()) ?? []
    const atMs =
      epoch === undefined ? Date.parse((iso ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) : Number(epoch) * 1000
    if (!Number.isFinite(atMs)) continue
    dated++
    const packet = RECEIVED.exec(rest) ?? SENDING.exec(rest)
    if (packet) {
      const session = open.get(packet[2] ?? '')
      const isHeard = rest.startsWith('Received')
      if (session) (isHeard ? session.heard : session.said).push(atMs)
      if (session && isHeard && packet[1] === 'DISCONNECT') session.bidGoodbye = true
      hasPackets ||= packet[1] !== 'CONNACK'
    }
    for (const { clientId, what, note } of parseLog(rest)) {
      if (what === 'client-connected') {
        const keepaliveS = Number(KEEPALIVE.exec(note ?? '')?.[1] ?? 0)
        open.set(clientId, { clientId, fromMs: atMs, keepaliveS, heard: [atMs], said: [], bidGoodbye: false })
      } else if (what === 'client-closed') close(clientId, { atMs, how: howOf(note ?? '') })
    }
  }
  for (const clientId of [...open.keys()]) close(clientId)
  return { sessions: sessions.toSorted((a, b) => a.fromMs - b.fromMs), hasPackets, dated }
}

function howOf(note: string): SessionEnd['how'] {
  if (/exceeded timeout/.test(note)) return 'timeout'
  if (/taken over/.test(note)) return 'taken-over'
  return note === 'disconnected' ? 'disconnect' : 'closed'
}
