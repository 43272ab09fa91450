import type { Kit } from '../clock/kit.ts'
import type { Capability, LinkOrder } from '../faults/fault.ts'
import type { Plugin } from '../model/plugin.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface LinkSeat<Options = unknown> {
  readonly kit: Kit
  readonly options: Options
  /** Where the broker listens. */
  readonly upstream: Address
  /** One way, each way. */
  readonly latencyMs: number
  readonly jitterMs: number
}

/**
 * A link in place. It records `open`, `fin`, `rst`, `packet` and `undecoded` at both edges, and for each fault
 * `fault-touched` once, at the first item that the fault changed (and `fault-held` on a toxic's mark).
 */
export interface StartedLink extends AsyncDisposable {
  /** Where the client under test connects. */
  readonly address: Address
  /** Resolves once the order is in force on every live connection and for every new one. */
  order(order: LinkOrder, fault: string): Promise<void>
}

export interface LinkKind<Options = unknown> extends Plugin<Options> {
  readonly can: ReadonlySet<Capability>
  start(seat: LinkSeat<Options>): Promise<StartedLink>
}
