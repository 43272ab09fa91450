import type { Duration } from './duration.ts'
import type { BrokerMeasurement, ClientMeasurement, Profile } from './profile.ts'

/** Where in a scenario file something stands; lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A plug-in by its name, with what the scenario gives it (already checked against the plug-in's own schema). */
export interface Choice {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

export type Qos = 0 | 1 | 2

export interface Stream {
  readonly qos: Qos
  readonly every: Duration
  /** Bytes of each payload; absent, or smaller than what a message has to say of itself: as short as that is. */
  readonly size?: number
}

/** What the witness publishes to the client. */
export interface ReceivingStream extends Stream {
  /** The client subscribes as a member of a shared subscription, of which the witness is the other member; MQTT 5.0 §4.8.2. */
  readonly share?: true
  /** Message Expiry Interval in whole seconds, MQTT 5.0 §3.3.2.3.3: the witness speaks MQTT 5.0 then. */
  readonly expiryS?: number
}

/** What the scenario asks of the client's will; topic and text are the run's own. */
export interface WillChoice {
  /** Will Delay Interval in whole seconds, MQTT 5.0 §3.1.3.2.2. */
  readonly delayS?: number
  /** Absent: 1. */
  readonly qos?: Qos
  readonly retain?: boolean
  /** Bytes of its payload. */
  readonly size?: number
}

/** Empty: idle. `publishing`: the client under test publishes; `receiving`: the witness publishes to it. */
export interface Traffic {
  readonly publishing?: Stream
  readonly receiving?: ReceivingStream
}

/** What a scenario of a shard says of the whole. */
export interface FleetShare {
  /** From 1. */
  readonly index: number
  readonly of: number
  /** Devices of the whole fleet, and how many of these are recorded packet by packet. */
  readonly count: number
  readonly recorded: number
}

export interface ClientChoice extends Choice {
  /** Whole seconds, 0 to 65535; 0 turns the mechanism off (MQTT 3.1.1 §3.1.2.10, 5.0 §3.1.2.10). */
  readonly keepaliveS: number
  /** MQTT protocol level: 4 is 3.1.1, 5 is 5.0. */
  readonly protocol: 4 | 5
  readonly traffic: Traffic
  /** Absent: QoS 1, not retained, published at once. */
  readonly will?: WillChoice
  /** How many clients of this kind; each is under test. */
  readonly count: number
  /**
   * Of a fleet: clients 1 to this one are recorded packet by packet, and the checks of one client judge these. Of the others there are
   * counts (model/crowd-counts.ts). Absent: all are.
   */
  readonly recorded?: number
  /** Where several machines play the fleet: which part of it this is. `count` and `recorded` are the part's own. */
  readonly share?: FleetShare
  /** What was measured of it: its window comes from here, or the client itself where it is a model made of it. */
  readonly profile?: ClientMeasurement
}

/** How many clients of a run are recorded and judged one by one. */
export const recordedClients = ({ count, recorded = count }: Pick<ClientChoice, 'count' | 'recorded'>): number =>
  recorded

export interface BrokerChoice extends Choice {
  /** As the client's. */
  readonly profile?: BrokerMeasurement
}

export interface LinkChoice extends Choice {
  /** One way, each way. */
  readonly latency: Duration
  readonly jitter: Duration
}

/** One line of the timeline: `at` counts from CONNACK; without `for` the fault stays until the end. */
export interface Step {
  readonly at: Duration
  readonly fault: Choice
  readonly for?: Duration
  readonly position: SourcePosition
}

export interface Expectation {
  readonly check: string
  readonly params: Readonly<Record<string, unknown>>
  readonly position: SourcePosition
}

/** A scenario as the engine plays it: every default filled in, one cell of the matrix. */
export interface Scenario {
  readonly name: string
  readonly position: SourcePosition
  readonly broker: BrokerChoice
  readonly client: ClientChoice
  readonly link: LinkChoice
  readonly timeline: readonly Step[]
  readonly expect: readonly Expectation[]
  /** Labs in which it makes sense; absent: everywhere that can. */
  readonly lab?: readonly string[]
  /** Words by which a run may choose it (`--tag`); absent: it has none. */
  readonly tags?: readonly string[]
  /** The run ends this long after CONNACK. */
  readonly until: Duration
  /** A scenario that must come out this way instead of `pass`: a canary says so in itself. */
  readonly must?: 'fail' | 'inconclusive'
  /** How many times shorter than written it is: all lengths of time here are the shortened ones. Absent: as written. */
  readonly scale?: number
  /** Profiles for whoever they speak of, by name and version (`halfopen run --profile`); what the peer's own choice names wins. */
  readonly profiles?: readonly Profile[]
}
