import type { Event } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Step } from '../model/scenario.ts'
import { whyUnconnected } from './unconnected.ts'

/** Why a whole run proves less than it seems to. */
export interface Doubts {
  /** The harness's own failures: nothing that was seen can be relied on. */
  readonly troubles: readonly string[]
  /** Faults that were not asked for or never bit: detections prove nothing. */
  readonly unproven: readonly string[]
}

export function doubtsOf(evidence: Evidence): Doubts {
  const { header, events } = evidence
  const troubles = events.flatMap(event =>
    event.what === 'trouble' ? [`the harness had trouble: ${event.note ?? 'it does not say which'}`] : [],
  )
  const sealed = events.find(event => event.what === 'undecoded' && event.sealed)
  const connected = events.some(event =>
    sealed
      ? event.who === 'client' && event.what === 'connected'
      : event.what === 'packet' &&
        event.packet.cmd === 'connack' &&
        event.edge === 'client' &&
        (event.packet.code ?? 0) === 0,
  )
  if (!connected) return { troubles, unproven: [whyUnconnected(evidence)] }
  const endMs = events.at(-1)?.atMs ?? 0
  const unproven = header.scenario.timeline.flatMap((step, i) => unprovenStep(step, i, events, endMs))
  return { troubles, unproven }
}

function unprovenStep(
  { fault: { name } }: Step,
  i: number,
  events: readonly Event[],
  endMs: number,
): readonly string[] {
  const fault = `${name}#${i}`
  const asked = events.find(event => event.what === 'fault-asked' && event.fault === fault)
  if (!asked) return [`${fault} was never asked for: the run ended ${Math.round(endMs)} ms after CONNACK`]
  const bit = events.some(
    event =>
      (event.what === 'fault-touched' && event.fault === fault) || (event.atMs >= asked.atMs && PROOFS[name]?.(event)),
  )
  return bit ? [] : [`${fault} never touched a byte, so it proves nothing`]
}

/** What a fault does to the broker's process, or to the connection itself, proves it as well as a byte would. */
const PROOFS: Readonly<Record<string, (event: Event) => boolean>> = {
  freeze: event => event.what === 'frozen',
  kill: event => event.what === 'killed',
  reset: event => event.what === 'rst' && event.from === 'fault',
  close: event => event.what === 'fin' && event.from === 'fault',
}
