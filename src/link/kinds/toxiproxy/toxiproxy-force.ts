import type { Cancel, Dated } from '../../../clock/clock.ts'
import type { Flow, Side } from '../../../model/flow.ts'
import type { Item } from '../../toxics/toxic.ts'

/** The item goes into Toxiproxy; or it waits until the next SYN; or it is lost with all that its sender sent; or only it. */
export type PassageFate = 'pass' | 'wait' | 'lose' | 'drop'

/** What the taps of one connection have to know of a toxic that Toxiproxy carries out. */
export interface ToxiproxyForce {
  /** As soon as it is in force. */
  begin?(nowMs: number): void
  onItem(flow: Flow, item: Item, nowMs: number): PassageFate
  /** Lifted; true: it goes on for this connection. */
  stays?(nowMs: number): boolean
  /** Lifted: when TCP would send again what was kept. */
  quietUntilMs?(flow: Flow, nowMs: number): number
  /** Lifted: when the SYN that it made wait goes out again; `undefined` where there was none. */
  openAtMs?(nowMs: number): number | undefined
  /** Nothing of this flow gets through. */
  covers(flow: Flow): boolean
}

/** What a force may do to its connection. */
export interface ForceTools {
  /** `when`: where Toxiproxy did it; absent: now. */
  mark(what: 'held' | 'touched', note: string, when?: Dated): void
  end(side: Side | 'both', how: 'fin' | 'rst'): void
  wake(afterMs: number, act: () => void): Cancel
  /** Through Toxiproxy's API; what enters meanwhile waits. Resolves with when it was done. */
  block(flow: Flow, blocked: boolean): Promise<Dated>
}

export const describe = (item: Item): string =>
  item.what === 'bytes' ? `${item.bytes.length} bytes` : item.what.toUpperCase()
