import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock/clock.ts'
import type { Record } from '../../clock/kit.ts'
import type { BrokerSignal, Capability } from '../../faults/fault.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { Availability, Plugin } from '../../model/plugin.ts'
import { type BrokerMeasurement, MEASURED } from '../../model/profile.ts'
import type { BrokerChoice } from '../../model/scenario.ts'
import type { Access } from '../reach/access.ts'
import type { Recipe } from '../recipes/recipe.ts'

/** A broker in place; it may serve several runs at once, so it tells each only of that run's clients. */
export interface StartedBroker extends AsyncDisposable {
  readonly version: string
  /** The name by which evidence and windows know it, where that is found out only now; absent: its kind's. */
  readonly family?: string
  readonly address: Address
  /** What clients need besides the address; absent: nothing. */
  readonly access?: Access
  /**
   * Evidence of clients whose id starts with `clientIdPrefix` goes to `record`, until the returned function is called. A broker in
   * another thread dates it on the run's `clock`.
   */
  watch(clientIdPrefix: string, record: Record, clock?: Clock): () => void
  /** The processes that it is; absent: it lives in this one, or its process is out of reach. */
  readonly pids?: () => readonly number[]
  /** How far its own clock went while the machine counted so long, where its log has dates; `undefined`: too little is known. */
  readonly clock?: () => ToldClock | undefined
  /** Resolves once it is so: the process stopped being scheduled, is gone, listens again. */
  signal?(signal: BrokerSignal): Promise<void>
  /** Sets the date that its process goes by; absent: it is a program, or goes by the machine's. */
  step?(byMs: number): Promise<void>
}

/** Milliseconds. */
export interface ToldClock {
  readonly passedMs: number
  readonly tookMs: number
  /** How exactly it is dated there. */
  readonly exactMs: number
}

/** Where a broker is to live, if not simply on this machine: in another network, or in another time. */
export interface StartContext {
  /** The command that becomes this program there; the process id stays the same. */
  enter(file: string, args: readonly string[]): readonly [file: string, ...args: string[]]
  /** Of another network; absent: this machine's 127.0.0.1. */
  readonly network?: Network
  /** Of another time: see `Recipe.faster`. */
  readonly faster?: true
}

/** There a program is root. */
export interface Network {
  readonly address: Address
  /** A socket that listens there, at the address. */
  listen(): Promise<Server>
  /** A connection to the address, from there. */
  dial(): Duplex
}

export interface BrokerKind<Options = unknown> extends Plugin<Options> {
  /** A state machine of ours that stands in for the real broker; every output says so. */
  readonly model?: true
  /** The name by which evidence and windows know it, where several kinds are of one family; absent: its own. */
  readonly family?: string
  /** It is made of a measured profile, which the scenario has to give; this is the kind for that one. */
  readonly ofProfile?: (profile: BrokerMeasurement) => BrokerKind
  /** Of a model: the kind that plays this version; `undefined`: that version is not known. */
  readonly ofVersion?: (version: string) => BrokerKind | undefined
  /** The MQTT protocol levels that it speaks: 4 is 3.1.1, 5 is 5.0. */
  readonly protocols: readonly number[]
  readonly can: ReadonlySet<Capability>
  /** It has shared subscriptions, MQTT 5.0 §4.8.2. Absent: none that anybody here has seen. */
  readonly shares?: true
  /** Any broker may be behind this name, so its profile needs a name of its own. */
  readonly nameless?: true
  /** How its program is made, where it does not come with halfopen. */
  readonly recipe?: Recipe
  /** What clients will need besides the address, as far as the options tell; absent: nothing. */
  access?(options: Options): Access | undefined
  available(options: Options): Promise<Availability>
  version(options: Options): Promise<string>
  /** For a broker of ours: the URL of the module that exports this kind, so that a lab can give it a process. */
  readonly home?: string
  /** Loads what a start would load. */
  preload?(): Promise<void>
  /** It can be started within another network or time than the machine's own. */
  readonly movable?: true
  /** The file that is run, by its path, where it is a program and is there. `faster`: see `StartContext`. */
  executable?(options: Options, faster?: true): Promise<string | undefined>
  /** Listens on 127.0.0.1, on a free port; or at the address of the network that it is started within. */
  start(options: Options, within?: StartContext): Promise<StartedBroker>
  /** In this process and without a network, for a simulation; absent where the broker can't live there. */
  embed?(options: Options, clock: Clock): Promise<EmbeddedBroker>
}

/** A broker that runs in this process can be handed a stream instead of being dialled. */
export interface InProcessBroker extends StartedBroker {
  accept(stream: Duplex): void
}

/** One that listens nowhere; it is only handed streams. */
export type EmbeddedBroker = Omit<InProcessBroker, 'address' | 'signal'>

/** Same configuration, same broker: the key under which it is shared. A profile counts only where the broker is made of it. */
export const brokerKey = ({ name, options, profile }: BrokerChoice): string =>
  JSON.stringify(name === MEASURED ? [name, options, profile] : [name, options])
