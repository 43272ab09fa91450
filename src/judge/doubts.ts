import { wireOf } from '../dialects/index.ts'
import { type Fault, type Order, proves } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import type { Event, PeerEvent } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Registry } from '../model/plugin.ts'
import type { Step } from '../model/scenario.ts'

/** Why a whole run proves less than it seems to. */
export interface Doubts {
  /** The harness's own failures: nothing that was seen can be relied on. */
  readonly troubles: readonly string[]
  /** Faults that were not asked for or never bit: detections prove nothing. */
  readonly unproven: readonly string[]
}

/** `faults`: with those of other packages, where there are any. */
export function doubtsOf(evidence: Evidence, faults: Registry<Fault> = ownFaults): Doubts {
  const { header, events } = evidence
  const troubles = events.flatMap(event =>
    event.what === 'trouble' ? [`the harness had trouble: ${event.note ?? 'it does not say which'}`] : [],
  )
  const sealed = events.find(event => event.what === 'undecoded' && event.sealed)
  const connected = events.some(event =>
    sealed
      ? event.who === 'client' && event.what === 'connected'
      : event.what === 'packet' && event.edge === 'client' && wireOf(event.packet).accepts(event.packet),
  )
  if (!connected) return { troubles, unproven: [whyUnconnected(evidence)] }
  const endMs = events.at(-1)?.atMs ?? 0
  const keepaliveMs = header.scenario.client.keepaliveS * 1000
  const unproven = header.scenario.timeline.flatMap((step, i) => {
    const fault = `${step.fault.name}#${i}`
    const asked = events.find(event => event.what === 'fault-asked' && event.fault === fault)
    if (!asked) return [`${fault} was never asked for: the run ended ${Math.round(endMs)} ms after CONNACK`]
    const orders = ordersOf(step, faults, keepaliveMs)
    const bit = events.some(
      event =>
        (event.what === 'fault-touched' && event.fault === fault) ||
        (event.atMs >= asked.atMs && orders.some(order => proves(order, event))),
    )
    return bit ? [] : [`${fault} never touched a byte, so it proves nothing`]
  })
  return { troubles, unproven }
}

/** None of a fault that is not known here: evidence may come from a machine that has more plug-ins. */
function ordersOf({ fault: { name, options } }: Step, faults: Registry<Fault>, keepaliveMs: number): readonly Order[] {
  try {
    return faults.get(name)?.on(options, keepaliveMs) ?? []
  } catch {
    return []
  }
}

const LONGEST_WORDS = 120

/** Below its error a run time prints where it happened, and Node its own version. */
const LAST_LINES = 40
const isError = ({ note = '' }: PeerEvent): boolean =>
  /^(?:Exception in thread |thread '|panic: |[\w.]{0,80}(?:Error|Exception): )/.test(note)

/**
 * Why nothing was tested, as far as the client told: `no CONNACK reached the client, so nothing was tested: command ./device
 * ended with exit code 3; its last words: "no such sensor"`.
 */
function whyUnconnected({ header: { client }, events }: Evidence): string {
  const own = events.filter(isClient)
  const opened = events.some(({ what }) => what === 'open')
  const ends = own.filter(({ what }) => what === 'exited')
  const words = lastWords(own)
  // A program of its own is `started`; a client of ours needs no word to say that it ran.
  const silent = own.some(({ what }) => what === 'started') && !opened
  const told = ends.length > 0 || words !== undefined || silent
  const facts = [
    ...(told ? [`${client.name} ${client.version} ${whatItDid(ends, opened)}`] : []),
    ...(words === undefined ? [] : [`its last words: "${words}"`]),
    ...refusedUpgrade(events),
  ]
  return ['no CONNACK reached the client, so nothing was tested', facts.join('; ')].filter(Boolean).join(': ')
}

/** The client's program ended with an error before any CONNACK came: it would do so again, however calm the machine. */
export const diedUnconnected = ({ events }: Pick<Evidence, 'events'>): boolean =>
  events.some(event => isClient(event) && event.what === 'exited' && event.code !== undefined && event.code !== 0) &&
  !events.some(
    event =>
      event.what === 'packet' &&
      (wireOf(event.packet).accepts(event.packet) || wireOf(event.packet).refuses(event.packet)),
  )

const isClient = (event: Event): event is Event & PeerEvent => event.who === 'client'

function refusedUpgrade(events: readonly Event[]): readonly string[] {
  const last = events.findLast(event => event.what === 'websocket' && event.frame.kind === 'response')
  const status = last?.what === 'websocket' ? last.frame.status : undefined
  return status === undefined || status === 101 ? [] : [`the upgrade to a WebSocket was answered with HTTP ${status}`]
}

function whatItDid(ends: readonly PeerEvent[], opened: boolean): string {
  const how = ends.at(-1)?.note
  if (how === undefined) return opened ? 'opened a connection' : 'opened no connection'
  return ends.length === 1 ? `ended with ${how}` : `ended ${ends.length} times, the last time with ${how}`
}

/** A program's standard error says more of a failure than what its library told it. */
function lastWords(own: readonly PeerEvent[]): string | undefined {
  const said = own.filter(({ note }) => note !== undefined && note.trim() !== '')
  const logged = said.filter(({ what }) => what === 'log').slice(-LAST_LINES)
  const last = logged.findLast(isError) ?? logged.at(-1) ?? said.findLast(({ what }) => what === 'error')
  return last?.note?.slice(0, LONGEST_WORDS)
}
