import type { CrowdCounts } from './crowd-counts.ts'
import type { Flow, Side } from './flow.ts'

/** The names of the MQTT control packets as mqtt-packet spells them. */
export const PACKET_NAMES = [
  'connect',
  'connack',
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'pingreq',
  'pingresp',
  'disconnect',
  'auth',
] as const
export type PacketName = (typeof PACKET_NAMES)[number]
/** Of another dialect, by its name and the packet's: `amqp:heartbeat` (dialects/wire-dialect.ts). */
export type ForeignPacketName = `${string}:${string}`

/** The will that a CONNECT registers, without its payload. */
export interface WillSummary {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  /** Will Delay Interval in seconds, MQTT 5.0 §3.1.3.2.2; absent: none. */
  readonly delayS?: number
  /** 32 bits of the payload's SHA-256, in hexadecimal; absent in evidence from before it was kept. */
  readonly payloadHash?: string
}

/** One topic filter of a SUBSCRIBE, with the QoS that it asks for. */
export interface FilterSummary {
  readonly topic: string
  readonly qos: 0 | 1 | 2
}

/** What a tap keeps of a control packet. Never a payload, user name or password. */
export interface PacketSummary {
  readonly cmd: PacketName | ForeignPacketName
  /** Whole length on the wire, fixed header included. */
  readonly bytes: number
  readonly messageId?: number
  readonly topic?: string
  readonly qos?: 0 | 1 | 2
  readonly dup?: boolean
  /** PUBLISH: on the topic of the client's will, with the will's payload; so the witness takes it for the will. */
  readonly likeWill?: boolean
  /** CONNECT; of a CONNACK the one that the server assigned, MQTT 5.0 §3.2.2.3.7. */
  readonly clientId?: string
  /** CONNECT; `false`: it registers none. Absent where the link could not read it, and in evidence from before it was kept. */
  readonly will?: WillSummary | false
  /** CONNECT, CONNACK and DISCONNECT of MQTT 5.0: Session Expiry Interval in seconds, §3.1.2.11.2, §3.2.2.3.2, §3.14.2.2.2. */
  readonly sessionExpiryS?: number
  readonly keepaliveS?: number
  readonly protocolVersion?: number
  readonly clean?: boolean
  /** CONNACK, DISCONNECT and the acknowledgements: return code (3.1.1) or reason code (5.0). */
  readonly code?: number
  readonly sessionPresent?: boolean
  /** CONNACK of MQTT 5.0 §3.2.2.3.14; replaces the client's keep-alive. */
  readonly serverKeepAliveS?: number
  /** SUBSCRIBE; absent in evidence from before it was kept. */
  readonly filters?: readonly FilterSummary[]
  /** CONNECT of MQTT 5.0: Maximum Packet Size in bytes, §3.1.2.11.4. */
  readonly maximumPacketSize?: number
  /** CONNECT of MQTT 5.0: how many PUBLISH of QoS 1 and 2 it takes before it has acknowledged one, §3.1.2.11.3. */
  readonly receiveMaximum?: number
}

/**
 * How many of a flow had passed an edge of one connection, up to and with this one. In memory only, where others between this event
 * and the one before it were left out (evidence/digest.ts); absent: none was.
 */
export interface SoFar {
  readonly packets: number
  /** Of the same control packet. */
  readonly alike: number
  readonly bytes: number
}

/** A control packet, complete at `edge`, dated at its last byte. */
export interface PacketEvent {
  readonly who: 'link'
  readonly what: 'packet'
  readonly flow: Flow
  readonly edge: Side
  readonly packet: PacketSummary
  readonly soFar?: SoFar
}

/** Frames of a WebSocket that carry no data: RFC 6455 §5.5. */
export const WEBSOCKET_FRAMES = ['ping', 'pong', 'close'] as const
export type WebSocketFrameName = (typeof WEBSOCKET_FRAMES)[number]

/** What of a WebSocket is not MQTT: the HTTP of its upgrade, and control frames. */
export interface WebSocketSummary {
  readonly kind: 'request' | 'response' | WebSocketFrameName
  /** Whole length on the wire. */
  readonly bytes: number
  /** Request: without its query, in which there may be a signature. */
  readonly path?: string
  /** Response: 101 where the upgrade succeeded. */
  readonly status?: number
  /** Subprotocols: those that the client asks for, and the one that the server chose. */
  readonly protocols?: readonly string[]
  /** Response: messages may be compressed from here on (permessage-deflate, RFC 7692). */
  readonly deflate?: true
  /** Close: the status code, RFC 6455 §7.4. */
  readonly code?: number
}

/** A part of a WebSocket's own protocol, complete at `edge`, dated at its last byte. The MQTT inside is told by `packet`. */
export interface WebSocketEvent {
  readonly who: 'link'
  readonly what: 'websocket'
  readonly flow: Flow
  readonly edge: Side
  readonly frame: WebSocketSummary
  readonly soFar?: SoFar
}

/** What a connection is wrapped in from its first byte on, so that the link sees bytes and never a packet. */
export type Sealed = 'TLS' | 'WebSocket'

/** Bytes at `edge` that are not MQTT (TLS, or damage). Reported once per connection and flow. */
export interface UndecodedEvent {
  readonly who: 'link'
  readonly what: 'undecoded'
  readonly flow: Flow
  readonly edge: Side
  /** Of flow up, where it is no damage. */
  readonly sealed?: Sealed
  readonly note: string
}

/** A chunk at `edge` of a flow that is undecoded: its length, and nothing of what is in it. */
export interface DataEvent {
  readonly who: 'link'
  readonly what: 'data'
  readonly flow: Flow
  readonly edge: Side
  readonly bytes: number
  readonly soFar?: SoFar
}

/**
 * So much the program at `edge` wrote between two looks at its kernel, which had not sent it: it stood behind what nobody acknowledged, or
 * the interface was down. What is sent later is told again, as packets. The lab netns only, while a connection is stuck.
 */
export interface UnsentEvent extends Omit<DataEvent, 'what' | 'soFar'> {
  readonly what: 'unsent'
}

/**
 * A connection's opening or end, at one edge of the link. `from` says whose it is:
 * edge client, from client: the client did it and the link saw it; edge broker, from client: the broker was told.
 */
export interface EdgeEvent {
  readonly who: 'link'
  /** `close-notify`: TLS that the link has open was ended before its TCP, RFC 8446 §6.1. */
  readonly what: 'open' | 'fin' | 'rst' | 'close-notify'
  readonly edge: Side
  readonly from: Side | 'fault'
  /**
   * Of an RST: the kernel gave the connection up, since what it had sent, or its keep-alive probe, was not acknowledged any more.
   * Seen in the labs netns and simulated only: a relay acknowledges everything itself.
   */
  readonly unacknowledged?: true
  /**
   * Of an end that the link did not read, but saw in the kernel's table: how many bytes the peer had sent that
   * nobody had read, at the look before (every 20 ms). The embedded link only, under `stall-reads` and `slow-reads`.
   */
  readonly unread?: number
  /** Of a FIN in evidence from before there was `unsent`: what its program had written has not left its kernel, by an unknown amount. */
  readonly hidden?: true
  /** Of an `open` at the client's edge, in memory only: how many connections that went the same way were left out beside this one. */
  readonly besides?: number
}

/** What a peer told its own application or its log. */
export interface PeerEvent {
  readonly who: 'client' | 'broker' | 'witness'
  readonly what:
    | 'started'
    | 'connected'
    | 'reconnecting'
    | 'offline'
    | 'closed'
    | 'error'
    | 'exited'
    | 'published'
    | 'acknowledged'
    | 'received'
    | 'subscribed'
    | 'will'
    | 'client-connected'
    | 'client-closed'
    | 'keepalive-timeout'
    | 'frozen'
    | 'thawed'
    | 'clock-set'
    | 'killed'
    | 'restarted'
    | 'log'
  /** Number of the message, for published, acknowledged and received. Both flows count from 1. */
  readonly seq?: number
  /** Of a message: up was published by the client under test, down by the witness. */
  readonly flow?: Flow
  /** Of `subscribed`: on which topic the witness waits for wills; `+` stands for the number of the device. With `note`: several wait there for the same. */
  readonly topic?: string
  /** What a library told its application, in the library's own numbers: Paho Python's on_disconnect 16, reason code 141. */
  readonly code?: number
  /** Of `connected`, where the library tells it: the Server Keep Alive of MQTT 5.0 §3.2.2.3.14. */
  readonly serverKeepAliveS?: number
  readonly note?: string
}

/**
 * Whose thread or process: `link` dates what passes, `client`, `broker` and `witness` are peers, `harness` is the thread that plays
 * the timeline and hands over messages.
 */
export const RUNNERS = ['link', 'client', 'broker', 'witness', 'harness'] as const
export type Runner = (typeof RUNNERS)[number]

/**
 * The harness speaking of itself. Of a fault: `asked` (ordered), `held` (in force; windows count from here),
 * `touched` (the first byte, end or timer that it changed: its proof), `lifted`.
 */
export interface HarnessEvent {
  readonly who: 'harness'
  readonly what: 'fault-asked' | 'fault-held' | 'fault-touched' | 'fault-lifted' | 'stalled' | 'trouble' | 'ended'
  /** `blackhole#0`: the fault's name and its step in the timeline. */
  readonly fault?: string
  /** For `stalled`: how long the event loop of `of` stood still, up to `atMs`, for whatever reason. */
  readonly forMs?: number
  /** Of a `trouble` that the next attempt need not meet: a process of halfopen's own has ended. */
  readonly passing?: true
  /** For `stalled`. Absent in evidence of 0.1.0 and before, where everything lived in one thread: then it holds for all. */
  readonly of?: Runner
  readonly note?: string
}

/**
 * The machine did not let a thread or process run: of the `overMs` up to `atMs` it was ready to run and did not for `forMs`.
 * `no-cpu`: others had the processors (Linux: /proc/PID/task/TID/schedstat); `stopped`: a signal that the scenario did not send.
 */
export interface StarvedEvent {
  readonly who: 'harness'
  readonly what: 'starved'
  readonly of: Runner
  readonly forMs: number
  readonly overMs: number
  readonly how: 'no-cpu' | 'stopped'
}

/** What became of the clients of a fleet that are not recorded, and of all of them together: from `atMs` on. One from each process. */
export interface CrowdEvent {
  readonly who: 'harness'
  readonly what: 'crowd'
  readonly crowd: CrowdCounts
}

export type EventBody =
  | PacketEvent
  | WebSocketEvent
  | UndecodedEvent
  | DataEvent
  | UnsentEvent
  | EdgeEvent
  | PeerEvent
  | HarnessEvent
  | StarvedEvent
  | CrowdEvent

/** Where in the fleet and on which connection something happened. */
export interface EventPlace {
  /** Which TCP connection through the link, from 1, in order of opening. */
  readonly conn?: number
  /** Which client under test, from 1. Absent where nobody can tell, and for the harness. */
  readonly device?: number
}

/**
 * `atMs`: milliseconds since the first CONNACK that reached the client under test; negative before it. A date is the latest moment
 * at which it can have happened: it happened between `atMs - lateMs` and `atMs`. Absent: less than the lab's resolution.
 */
export type Event = { readonly atMs: number; readonly lateMs?: number } & EventPlace & EventBody

/** What passed an edge of the link, towards one side or the other. */
export type PassingEvent = PacketEvent | WebSocketEvent | DataEvent

export const isPassing = (event: Event): event is Event & PassingEvent =>
  event.what === 'packet' || event.what === 'websocket' || event.what === 'data'
