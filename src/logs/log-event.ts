import type { Flow } from '../model/flow.ts'

/** How a connection ended, as far as the source tells. */
export type EndHow =
  /** The broker heard nothing for 1.5K (MQTT 3.1.1 [MQTT-3.1.2-24], MQTT 5.0 [MQTT-3.1.2-22]). */
  | 'timeout'
  /** FIN or RST without a DISCONNECT, where the source does not tell which; `fin` and `rst` where it does. */
  | 'closed'
  | 'fin'
  | 'rst'
  /** The client sent DISCONNECT. */
  | 'disconnect'
  /** A new connection with the same client id took its place. */
  | 'taken-over'
  /** The client missed an answer to its ping, and gave the connection up (seen by the client, or on the wire). */
  | 'ping-unanswered'
  /** The other side broke the protocol, or a packet was not allowed. */
  | 'error'
  /** The broker closed it for a reason of its own: an administrator, a shutdown, a quota. */
  | 'broker'
  | 'unknown'

/** Who wrote the source down: a broker's log, a client's log, or a capture of packets. */
export type SeenBy = 'broker' | 'client' | 'wire'

/**
 * What one line of a log, or one packet of a capture, says of one connection. All readers make these, and the diagnosis
 * reads nothing else. Events come in the order of the source.
 */
export interface LogEvent {
  /** Milliseconds since 1970-01-01 UTC; only differences count where the source has no year or no date. */
  readonly atMs: number
  /** The line of the log or the number of the packet, from 1. */
  readonly line: number
  readonly seenBy: SeenBy
  /**
   * socket    a TCP connection was accepted or opened; no CONNECT yet
   * connect   CONNECT was accepted (CONNACK 0)
   * packet    any other control packet; `flow` and `cmd` are there. CONNACK too where it is told apart from `connect`
   * end       a connection ended; `how` is there. Without `client`: one that never sent a CONNECT
   * refused   CONNECT was refused, or no connection could be made; `reason` is there
   * started   the broker (or the program that wrote the log) started; stopped: it ended
   */
  readonly what: 'socket' | 'connect' | 'packet' | 'end' | 'refused' | 'started' | 'stopped'
  /** The client id; absent where the source does not tell it. */
  readonly client?: string
  /** The client's address as the source has it: `192.0.2.1:40001`, `192.0.2.1`, `[2001:db8::1]:40001`. */
  readonly address?: string
  /** connect, and end where only that tells it: the keep-alive in force, in seconds; absent: not told. */
  readonly keepaliveS?: number
  /** connect: who it is was told only now; the connection began when its socket was opened, which has this `address`. */
  readonly late?: boolean
  /** connect: over WebSocket, where that is known. */
  readonly webSocket?: boolean
  /** packet: `up` is client to broker. */
  readonly flow?: Flow
  /** packet: PUBLISH, PINGREQ and so on, in capitals. */
  readonly cmd?: string
  /** packet: of PUBLISH, and its packet identifier, which PUBACK and PUBREC repeat. */
  readonly qos?: number | undefined
  readonly mid?: number | undefined
  readonly how?: EndHow
  /** end: who closed first, where that is known (a capture). */
  readonly from?: 'client' | 'broker'
  /** end, refused: the words of the source, made short. */
  readonly reason?: string
}

/**
 * packet: what `cmd` is of a ping or a pong of the WebSocket that the MQTT is in. It is traffic to a box on the way, and to the keep-alive
 * of MQTT it is nothing (3.1.1 [MQTT-3.1.2-23], 5.0 [MQTT-3.1.2-20]: control packets).
 */
export const WEBSOCKET_PING = 'WebSocket ping'

/** Takes the events of a source, one by one. */
export type EventSink = (event: LogEvent) => void
