import { wireOf } from '../dialects/index.ts'
import type { PacketSummary, PeerEvent, WebSocketEvent } from '../model/event.ts'
import type { Connections } from './connections.ts'
import type { Recorder } from './recorder.ts'

export interface Greeting {
  readonly device: number
  /** On the run's clock. */
  readonly connackMs: number
  /** MQTT 5.0 §3.2.2.3.14; absent where the broker imposed none. */
  readonly serverKeepAliveS?: number
}

export interface HandshakeContext {
  /** How many clients there are. */
  readonly count: number
  /** A client that receives is not ready before its SUBACK. */
  readonly subscribes: boolean
  /** The first accepted CONNACK of this device has reached it. */
  readonly onConnack: (greeting: Greeting) => void
  /** It can be given traffic. */
  readonly onReady: (device: number) => void
  /** A program that ended with an error is not started again: there is nothing to wait for. */
  readonly final: boolean
  /** Calls `act` in a moment, where nothing that can be seen says that the time has come. */
  readonly later: (act: () => void) => void
  readonly trouble: (error: unknown) => void
}

export interface Handshake {
  /** Resolves once every client is ready, or one was refused. */
  readonly over: Promise<void>
  /** What is missing yet, in words; `undefined` where every client is ready. */
  shortfall(): string | undefined
}

/**
 * Watches the taps until every client under test has had its first CONNACK (and SUBACK), at its own edge of the link. Where they
 * can't be read, since the connection is sealed, the client's own word counts.
 */
export function handshake(recorder: Recorder, context: HandshakeContext): Handshake {
  const { connections } = recorder
  const greeted = new Set<number>()
  const ready = new Set<number>()
  /** Words of clients that came before the link's that their connection is sealed: the two are processes of their own. */
  const early = new Map<number, { readonly word: PeerEvent; readonly atMs: number }>()
  let refusal: string | undefined
  let ended = false
  let complaint: string | undefined
  let finish = () => {}
  const over = new Promise<void>(resolve => {
    finish = resolve
  })

  const onGreeting = (greeting: Greeting) => {
    if (greeted.has(greeting.device)) return
    greeted.add(greeting.device)
    context.onConnack(greeting)
  }
  const onReady = (device: number) => {
    if (!greeted.has(device) || ready.has(device)) return
    ready.add(device)
    context.onReady(device)
    if (ready.size === context.count) finish()
  }
  const onPacket = (packet: PacketSummary, device: number, connackMs: number) => {
    const wire = wireOf(packet)
    const isAccepted = wire.accepts(packet)
    if (wire.refuses(packet)) {
      refusal ??= `the broker refused client ${device}: ${packet.cmd.toUpperCase()} ${packet.code}`
      finish()
    } else if (isAccepted) onGreeting({ device, connackMs, ...imposedBy(packet) })
    if (context.subscribes ? packet.cmd === 'suback' : isAccepted) onReady(device)
  }
  const onWord = (word: PeerEvent, device: number, connackMs: number) => {
    if (greeted.has(device)) return
    // With exit code 0 it may have gone into the background, and connect from there.
    if (word.what === 'exited' && word.code !== 0 && context.final && context.count === 1) {
      ended = true
      finish()
    }
    if (word.what === 'error') complaint = word.note
    if (word.what !== 'connected') return
    if (!connections.sealOf(device)) {
      early.set(device, { word, atMs: connackMs })
      return
    }
    onGreeting({ device, connackMs, ...imposedBy(word) })
    if (context.subscribes) context.later(() => onReady(device))
    else onReady(device)
  }

  const onSeal = (device: number) => {
    const said = early.get(device)
    if (said) onWord(said.word, device, said.atMs)
  }

  recorder.observe(event => {
    // Nothing that goes wrong here may reach the link, whose call this is.
    try {
      if (event.what === 'websocket') complaint = refusalIn(event) ?? complaint
      const device = event.device ?? connections.deviceOn(event.conn)
      if (device === undefined) return
      if (event.who === 'client') onWord(event, device, event.atMs)
      else if (event.what === 'packet' && event.edge === 'client' && event.flow === 'down')
        onPacket(event.packet, device, event.atMs)
      else if (event.what === 'undecoded' && event.sealed) onSeal(device)
    } catch (error) {
      context.trouble(error)
    }
  })
  return {
    over,
    shortfall() {
      // The record says how it ended, and with which last words.
      if (refusal || ended || ready.size === context.count) return refusal
      const lack = lackOf(context, connections, { greeted: greeted.size, ready: ready.size })
      return complaint === undefined ? lack : `${lack}; the last complaint: ${complaint}`
    },
  }
}

/** A proxy that knows no such path, has no broker behind it, or refuses the client. The client may come again. */
const refusalIn = ({ edge, frame: { kind, status } }: WebSocketEvent): string | undefined =>
  kind === 'response' && edge === 'client' && status !== 101
    ? `its upgrade to a WebSocket was answered with HTTP ${status}`
    : undefined

const imposedBy = ({ serverKeepAliveS }: { readonly serverKeepAliveS?: number }): Pick<Greeting, 'serverKeepAliveS'> =>
  serverKeepAliveS === undefined ? {} : { serverKeepAliveS }

function lackOf(
  { count }: HandshakeContext,
  connections: Connections,
  { greeted, ready }: { readonly greeted: number; readonly ready: number },
): string {
  const those = `${count - ready} of ${count} clients under test`
  const seal = Array.from({ length: count }, (_, i) => connections.sealOf(i + 1)).find(each => each !== undefined)
  if (seal) return `the link can't read ${seal}, and ${those} did not say in time that they are connected`
  const seen = connections.strangers()
  const named =
    seen.length === 0 ? '' : `; these client ids came through the link: ${seen.map(id => `'${id}'`).join(', ')}`
  const remedy =
    named === '' || count === 1 ? '' : ', and which client is whose shows by {clientid} in its command only'
  return `${those} got no ${greeted < count ? 'CONNACK' : 'SUBACK'} in time${named}${remedy}`
}
