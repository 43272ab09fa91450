import type { Dated } from '../../clock/clock.ts'
import type { Kit } from '../../clock/kit.ts'
import type { Capability, LinkOrder } from '../../faults/fault.ts'
import type { Sealed } from '../../model/event.ts'
import type { Availability, Plugin } from '../../model/plugin.ts'
import type { Access } from '../../peers/reach/access.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface LinkContext<Options = unknown> {
  readonly kit: Kit
  readonly options: Options
  /** Where the broker listens. */
  readonly upstream: Address
  /** How the broker wants to be spoken to, without user and password; absent: plain MQTT. */
  readonly access?: Access
  /** One way, each way. */
  readonly latencyMs: number
  readonly jitterMs: number
  /** All that the timeline will give; absent where nobody knows. */
  readonly orders?: readonly LinkOrder[]
}

/**
 * A link in place. It records `open`, `fin`, `rst`, `packet` and `undecoded` at both edges, and for each fault
 * `fault-touched` once, at the first item that the fault changed (and `fault-held` on a toxic's mark).
 */
export interface StartedLink extends AsyncDisposable {
  /** Where the client under test connects. */
  readonly address: Address
  /** Whom clients have to trust instead of the broker's CA, PEM; absent: it passes TLS on. */
  readonly ca?: string
  /** A near end for this client alone, so that its connections are known for its own also where they can't be read. */
  door?(device: number): Promise<Address>
  /**
   * Resolves once the order is in force on every live connection and for every new one, with when that was; `undefined` in virtual time.
   */
  order(order: LinkOrder, fault: string): Promise<Dated | undefined>
  /**
   * As `order`, when the run's clock shows `atMs`: the thread that dates what passes waits for it itself, so that an order is in time
   * also where the thread that plays the timeline is not let run. Absent where orders come at once only.
   */
  orderAt?(order: LinkOrder, fault: string, atMs: number): Promise<Dated | undefined>
}

export interface LinkKind<Options = unknown> extends Plugin<Options> {
  readonly can: ReadonlySet<Capability>
  /** The URL of the module that exports this kind; absent where a start needs more than plain data, so that it has no process of its own. */
  readonly home?: string
  /** Its started links have a `door` for each client. */
  readonly doors?: true
  /** What hides packets from others and is opened by it, with these options; absent: nothing. */
  opens?(options: Options): readonly Sealed[]
  /** Why this very order can't be carried out faithfully, where others of its kind can. */
  refusal?(order: LinkOrder): string | undefined
  /** Whether it can be used on this machine; absent where always. */
  available?(options: Options): Promise<Availability>
  start(context: LinkContext<Options>): Promise<StartedLink>
}
