import type { Kit } from '../../clock/kit.ts'
import type { TrackedFlow } from './flow.ts'
import type { Injector } from './injector.ts'
import type { FirewallPlace } from './place.ts'
import type { Watcher } from './tracker.ts'

/** What a force works with. */
export interface ForceSeat {
  readonly kit: Kit
  readonly place: FirewallPlace
  /** Its table of rules: a name that no other force has. */
  readonly name: string
  readonly flows: () => readonly TrackedFlow[]
  readonly mark: (
    what: 'held' | 'touched',
    note: string,
    at: { readonly conn?: number; readonly atMs?: number },
  ) => void
  readonly injector: () => Promise<Injector>
  readonly trouble: (error: unknown) => void
}

/** A fault at work in the firewall's kernel. It sees what is sent and what passes. */
export interface Force extends Partial<Watcher> {
  /** Resolves once the kernel has its rules. */
  start(): Promise<void>
  lift(): Promise<void>
  /** The run is over: no timer stays. */
  end?(): void
}
