import type { Side } from '../../../model/flow.ts'
import type { Executor } from './executor.ts'

/** A router between the client's network and the broker's, whose kernel is the middlebox. */
export interface FirewallPlace {
  /** The command that becomes this program there. */
  enter(file: string, args: readonly string[]): readonly [file: string, ...args: string[]]
  /** What carries out orders there. `offsetMs`: what to add to the machine's monotonic clock for the run's. */
  executor(offsetMs: number): Executor
  /** Its interface towards the client, the inside. */
  readonly clientDevice: string
  /** Its interface towards the broker, the outside. */
  readonly brokerDevice: string
  /** The broker's address. */
  readonly broker: string
  /** A shell script that carries out this one in the client's network; for the firewall's own shell. */
  inClient(script: string): string
  /** What the client's side of the link is made of. */
  readonly client: { readonly device: string; readonly host: string; readonly gateway: string }
  /** The command that becomes this program in the network of a peer. */
  enterPeer(which: Side, file: string, args: readonly string[]): readonly [file: string, ...args: string[]]
}
