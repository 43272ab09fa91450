import type { Duplex } from 'node:stream'
import type { Clock, Dated } from '../../clock/clock.ts'
import type { Kit, Record } from '../../clock/kit.ts'
import type { MachineDate } from '../../clock/real.ts'
import type { ClientSignal } from '../../faults/fault.ts'
import type { Address, StartedLink } from '../../link/kinds/link.ts'
import type { Availability, Plugin } from '../../model/plugin.ts'
import type { ClientMeasurement } from '../../model/profile.ts'
import type { Qos } from '../../model/scenario.ts'
import type { Readers } from '../../sim/readers.ts'
import type { Access, Scheme } from '../reach/access.ts'
import type { Recipe } from '../recipes/recipe.ts'

export interface Message {
  readonly topic: string
  readonly qos: Qos
  /** Carries the message's number and flow; see traffic/payload. */
  readonly payload: Buffer
  /** Message Expiry Interval in seconds, MQTT 5.0 §3.3.2.3.3; absent: it never expires. Of the witness's messages only. */
  readonly expiryS?: number
}

/** The will that a client registers. */
export interface Will extends Message {
  readonly retain?: boolean
  /** Will Delay Interval, MQTT 5.0 §3.1.3.2.2; absent: none. */
  readonly delayS?: number
}

export interface ClientContext<Options = unknown> {
  readonly record: Record
  /** The date of an event, for what was seen elsewhere; absent: what is recorded has just happened. */
  readonly dateOf?: (seen: MachineDate) => Dated
  readonly options: Options
  /** The link's near end. */
  readonly address: Address
  /** TLS, WebSocket, user and password that the broker behind the link asks for; absent: plain MQTT, nobody in particular. */
  readonly access?: Access
  /** Instead of `address`, where there is no network: a new connection at each call. */
  readonly dial?: () => Duplex
  /** For a client that is a program of its own: the command that becomes it where the client is to live; absent: here. */
  readonly enter?: (file: string, args: readonly string[]) => readonly [file: string, ...args: string[]]
  /** It is to live in another time than the machine's: in a process with clocks of its own, or made for that (`Recipe.faster`). */
  readonly faster?: true
  /** The run's time, for clients of ours; absent: the machine's. */
  readonly clock?: Clock
  /** How to load a library whose timers must be the run's own; absent: by `import`. */
  readonly load?: (file: string) => Promise<unknown>
  readonly clientId: string
  readonly keepaliveS: number
  readonly protocol: 4 | 5
  /** What the broker speaks (src/dialects/); absent: MQTT. */
  readonly dialect?: string
  readonly will: Will
  /** Subscribed at each connect, before `started` resolves traffic; absent where nothing is received. `size`: bytes of a message. */
  readonly subscribe?: { readonly topic: string; readonly qos: Qos; readonly size?: number }
}

/** A client under test, running. It records what its application is told: connected, offline, closed, error, received. */
export interface StartedClient extends AsyncDisposable {
  /** Hands a message to the library; records `published` at once and `acknowledged` when the library says so. */
  publish?(message: Message, seq: number): void
  /** The processes that it is; absent: it lives in this one. */
  readonly pids?: () => readonly number[]
  /** Resolves once its processes are no longer scheduled, or are again; records `frozen` and `thawed`. Absent: it shares its process. */
  signal?(signal: ClientSignal): Promise<void>
  /** Sets the date that its process goes by; absent: it is a program, or goes by the machine's. */
  step?(byMs: number): Promise<void>
}

/** What a fleet is started with: everything that its devices have in common, and where they find the broker. */
export interface FleetContext<Options = unknown> {
  readonly kit: Kit
  readonly options: Options
  readonly count: number
  /** Devices 1 to this one are recorded packet by packet. */
  readonly recorded: number
  readonly keepaliveS: number
  readonly protocol: 4 | 5
  readonly will: { readonly qos: Qos; readonly retain?: boolean; readonly delayS?: number; readonly size?: number }
  readonly latencyMs: number
  readonly jitterMs: number
  /** Which part of how many, where several machines play the fleet: its devices share the rate at which they connect. */
  readonly of?: number
  /** Where the broker listens. */
  readonly upstream: Address
  /** Instead of `upstream`, where there is no network: takes the broker's end of each connection, whose sockets are read by these. */
  readonly within?: { accept(stream: Duplex): void; readonly readers: Readers }
  /** The processes of the broker, where it has some of its own. */
  readonly brokerPids?: () => readonly number[]
  /** How many files a process may open. */
  readonly descriptors?: number
}

/** Its devices, and the link that all of their connections run through: they stand at its near end. */
export interface StartedFleet extends AsyncDisposable {
  readonly link: StartedLink
  /** One that is recorded. The first to be started has all those that are not connect before it. */
  startClient(device: number): Promise<StartedClient>
  /** What the broker and the witness record goes here: of devices that are not recorded wills are counted, and the rest is left out. */
  readonly heard: Record
}

/** A kind whose clients are so many that most of them are counted and not recorded (model/crowd-counts.ts). */
export interface FleetKind<Options = unknown> {
  /** So many at most of one run. */
  readonly most: number
  /** Of those so many are recorded. */
  readonly recorded: number
  /** How long so many of its devices take to connect, in milliseconds. */
  connectsMs(options: Options, count: number): number
  start(context: FleetContext<Options>): Promise<StartedFleet>
}

export interface ClientKind<Options = unknown> extends Plugin<Options> {
  /** A state machine of ours that stands in for the real client; every output says so. */
  readonly model?: true
  /** The name by which evidence and windows know it, where several kinds are of one family; absent: its own. */
  readonly family?: string
  /** The same for a kind that any library may be behind: by what its options say; `undefined`: they say nothing. */
  familyOf?(options: Options): string | undefined
  /** It is a fleet: its clients and the link are one thing, and `start` is not called. */
  readonly fleet?: FleetKind<Options>
  /** It can live in a simulation: it keeps to the context's `dial`, `clock` and `load`. */
  readonly simulated?: true
  /** A program of its own: it keeps to the context's `enter`. */
  readonly program?: true
  /** The file that is run, by its path, where that can be told and is there. `faster`: see `ClientContext`. */
  executable?(options: Options, faster?: true): Promise<string | undefined>
  /** How it can reach a broker; absent: in every way. */
  readonly schemes?: readonly Scheme[]
  /** For a client of ours: the URL of the module that exports this kind, so that a lab can give it a process. */
  readonly home?: string
  /** Clients that share code share a process: which, by these options; absent: one for the whole kind. */
  shares?(options: Options): string
  /** Loads what a start would load. */
  preload?(options: Options): Promise<void>
  /** It never sends PINGREQ: its silence is no fault of the run's. Absent: it pings. */
  readonly pings?: false
  /** It speaks what its broker speaks. Absent: its own dialect. */
  readonly speaksAll?: true
  /** Any program may be behind this name, so its profile needs a name of its own. */
  readonly nameless?: true
  /** Its `version` tells which program it is, not which version of it. */
  readonly unversioned?: true
  /** With these options its client id and its topics may be its own, and the same in two runs: they can't share a broker. */
  namesItself?(options: Options): boolean
  /** It ignores the context's `access`: plain MQTT over TCP, and nobody in particular. */
  readonly bare?: true
  /** Its application tells us nothing: that it is connected is known from the taps alone. */
  readonly untold?: true
  /** A broker that bridges: its will and its session are its own, and it carries the topics of its run alone. */
  readonly bridges?: true
  /** The MQTT protocol levels that it speaks; absent: 4 and 5. */
  readonly protocols?: readonly (4 | 5)[]
  /** The shortest keep-alive that its library takes, 0 aside; absent: 1 s. */
  readonly leastKeepaliveS?: number
  /** How its program is made, where it does not come with halfopen. */
  readonly recipe?: Recipe
  /** It is made of a measured profile, which the scenario has to give; this is the kind for that one. */
  readonly ofProfile?: (profile: ClientMeasurement) => ClientKind
  /** Of a model: the kind that plays this version; `undefined`: that version is not known. */
  readonly ofVersion?: (version: string) => ClientKind | undefined
  /** Of a model: the real one, whose version it plays where this machine has it. */
  readonly standsFor?: ClientKind
  /** What it can be told of its will beside QoS and payload; absent: all. */
  readonly will?: { readonly delay: boolean; readonly retain: boolean }
  /** Whether it can be asked to publish and to subscribe. */
  readonly traffic: { readonly publishing: boolean; readonly receiving: boolean }
  available(options: Options): Promise<Availability>
  version(options: Options): Promise<string>
  /** Resolves once it is running, connected or not: the taps tell the rest. */
  start(context: ClientContext<Options>): Promise<StartedClient>
}
