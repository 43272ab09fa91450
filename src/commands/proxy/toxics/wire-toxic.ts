import { noop } from '../../../link/toxics/noop-toxic.ts'
import type { Item, Meeting, Ruling, ToxicRun } from '../../../link/toxics/toxic.ts'
import type { Flow } from '../../../model/flow.ts'
import type { Plugin } from '../../../model/plugin.ts'

/**
 * A toxic as Toxiproxy's HTTP API knows it: named as on the wire, with attributes as on the wire (`options`; keys that it
 * does not know are ignored), and for one flow of a connection.
 *
 * Toxiproxy closes sockets where TCP would shut down one half, so what its toxics end, they end with a `whole` FIN: it
 * goes through what is left of the chain, and once it is handed over, the other flow ends too.
 */
export interface WireToxic<Attributes = unknown> extends Plugin<Attributes> {
  /** `in-place`: an update keeps what waits in it. `anew`: the same as removing it and adding it at the end. */
  readonly updates: 'in-place' | 'anew'
  /** It watches the flow that it was not added to as well. */
  readonly watchesBoth?: true
  start(attributes: Attributes, flow: Flow, meeting: Meeting): ToxicRun
  /** On a connection that `toxicity` spared; absent where that means nothing at all. */
  startSpared?(attributes: Attributes, flow: Flow, meeting: Meeting): ToxicRun
}

export const pass = (flow: Flow, item: Item, afterMs = 0): Ruling => ({ do: 'pass', flow, item, afterMs })

export const closeWhole = (flow: Flow): Ruling => pass(flow, { what: 'fin', whole: true })

export const startNoop = (meeting: Meeting): ToxicRun => noop.start({}, meeting)
