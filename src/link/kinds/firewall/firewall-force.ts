import type { Dated } from '../../../clock/clock.ts'
import type { Kit } from '../../../clock/kit.ts'
import type { Side } from '../../../model/flow.ts'
import type { Executor } from './executor.ts'
import type { FirewallPlace } from './firewall-place.ts'
import type { TrackedFlow } from './tracked-flow.ts'
import type { FlowWatcher } from './tracker.ts'

/** What a force works with. */
export interface ForceContext {
  readonly kit: Kit
  readonly place: FirewallPlace
  /** Its table of rules: a name that no other force has. */
  readonly name: string
  readonly flows: () => readonly TrackedFlow[]
  /** `lateMs` absent: it was at that very moment. */
  readonly mark: (
    what: 'held' | 'touched',
    note: string,
    at: { readonly conn?: number } & Pick<Dated, 'atMs'> & Partial<Dated>,
  ) => void
  readonly executor: Executor
  /** Resolves once everything that the kernel has seen until now is known here. */
  readonly settle: () => Promise<void>
  readonly trouble: (error: unknown) => void
}

/** A fault at work in the firewall's kernel. It sees what is sent, what passes, and what a program writes that its kernel does not send. */
export interface FirewallForce extends Partial<FlowWatcher> {
  /** Resolves once the kernel has its rules, with when it got them; `undefined` where there is nothing for it to do. */
  start(): Promise<Dated | undefined>
  /** Likewise. */
  lift(): Promise<Dated | undefined>
  unsent?(flow: TrackedFlow, side: Side, when: Dated): void
  /** The run is over: no timer stays. */
  end?(): void
}
