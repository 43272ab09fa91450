import type { Clock } from '../clock/clock.ts'
import type { Kit } from '../clock/kit.ts'
import type { Capability, ClockOrder, Fault } from '../faults/fault.ts'
import type { LinkKind, StartedLink } from '../link/kinds/link.ts'
import type { WillSummary } from '../model/event.ts'
import type { PeerVersion } from '../model/evidence.ts'
import type { Availability, Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind, StartedBroker } from '../peers/brokers/broker.ts'
import type { ClientKind, Message, StartedClient } from '../peers/clients/client.ts'

/** Broker, link and witness in place; the clients under test not yet. */
export interface Bench extends AsyncDisposable {
  readonly link: StartedLink
  readonly broker: StartedBroker
  readonly witness: Witness
  /** Whether link, broker and clients all live outside of the run's own thread, so that it delays none of them. Absent: they do not. */
  isApart?(): boolean
  /** The processes of the broker and of the clients, whose waiting for a processor is evidence. */
  readonly processes?: readonly Watched[]
  /** `link`: what it really is, where that is not what the scenario says. */
  readonly versions: { readonly broker: PeerVersion; readonly client: PeerVersion; readonly link?: string }
  /** Where the scenario sets clocks; records `clock-set` once it is so. */
  setClock?(order: ClockOrder): Promise<void>
  /** Starts the client with this number, from 1, through the link. */
  startClient(device: number): Promise<StartedClient>
}

/** A peer that is one or more processes of this machine. */
export interface Watched {
  readonly of: 'broker' | 'client'
  pids(): readonly number[]
}

/** The plug-ins that a lab puts together; it knows them by contract only. */
export interface Peers {
  readonly brokers: Registry<BrokerKind>
  readonly clients: Registry<ClientKind>
  readonly links: Registry<LinkKind>
  /** With those of other packages; absent: halfopen's own. */
  readonly faults?: Registry<Fault>
}

export interface LabKind {
  readonly name: string
  /** The package that it comes from; absent: halfopen. */
  readonly from?: string
  readonly summary: string
  /** How exactly an event is dated here. */
  readonly resolutionMs: number
  /** What this lab can do at all; the scenario's own link and broker may do less. */
  readonly can: ReadonlySet<Capability>
  /** Its time is no real one: it never waits, and works as hard as the machine can. */
  readonly virtual?: true
  /** Its bench takes fleets. */
  readonly fleets?: true
  /** Its bench takes brokers that do not speak MQTT. */
  readonly dialects?: true
  /** Bundled scenarios that are made for it alone are played only where it is asked for. */
  readonly asked?: true
  /** How many seconds pass for the peers of this scenario in one of the machine's; absent: one. */
  speed?(scenario: Scenario, settings?: LabSettings): number
  available(): Promise<Availability>
  /** `settings`: plain data, since labs are opened in a thread of their own. */
  create(peers: Peers, settings?: LabSettings): Lab
}

/** What the command line gives for a lab (`--broker-url`), by name. What it leaves out the environment may say. */
export type LabSettings = Readonly<Record<string, string>>

/** Where broker, link and client live. Brokers are shared between scenarios; disposing it ends what is left of them. */
export interface Lab extends AsyncDisposable {
  readonly kind: LabKind
  /** Why this scenario can't run faithfully here (`unsupported`) or can't run on this machine (`missing`); else `true`. */
  admits(scenario: Scenario): Promise<Admission>
  clock(scenario: Scenario): Clock
  /** Gets ready for these before the first of them begins, so that no loading delays any. Absent: there is nothing to get ready. */
  prepare?(scenarios: readonly Scenario[]): Promise<void>
  /** Absent: nothing is. */
  heavy?(scenario: Scenario): Heavy
  open(scenario: Scenario, kit: Kit, needs?: Needs): Promise<Bench>
}

/** What of a scenario takes long to start, or keeps the machine busy while it does. */
export interface Heavy {
  readonly broker: boolean
  readonly client: boolean
}

/** What a run asks of its bench; absent: everything. A lab that saves nothing by it gives the rest all the same. */
export interface Needs {
  readonly witness: boolean
}

export type Admission =
  | true
  | { readonly result: 'unsupported' | 'missing'; readonly reason: string; readonly remedy?: string }

/** A client of ours on a direct, unfaulted connection to the broker. It sees the will and the messages that arrive. */
export interface Witness extends AsyncDisposable {
  /** Publishes to the client under test; records `published` and `acknowledged` with flow `down`. */
  publish(message: Message, seq: number): void
  /** Waits for this client's own will too; records `subscribed` once it does. */
  watch(device: number, will: WillSummary): void
}

/** Where a run was asked to do without one. */
export const noWitness: Witness = {
  publish() {
    throw new Error('this run has no witness to publish')
  },
  watch() {},
  async [Symbol.asyncDispose]() {},
}
