import { type Fault, type Order, proves } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Registry } from '../model/plugin.ts'
import type { Step } from '../model/scenario.ts'
import { whyUnconnected } from './unconnected.ts'

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
      : event.what === 'packet' &&
        event.packet.cmd === 'connack' &&
        event.edge === 'client' &&
        (event.packet.code ?? 0) === 0,
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
