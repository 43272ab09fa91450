/** What the operator of a broker imposes on the keep-alive, as documented. Read in stored copies of these pages. */
export interface ManagedBroker {
  /** As `--broker` spells it. */
  readonly name: string
  readonly summary: string
  /** The broker family that it runs, whose profile says how late it closes; absent: unknown. */
  readonly family?: string
  /** Seconds; less than this counts as this. Absent: no least is documented. */
  readonly leastS?: number
  /** Seconds. Absent: no limit is documented. */
  readonly mostS?: number
  /** What a 3.1.1 client gets that asks for more than `mostS`; 5.0 has Server Keep Alive for it. */
  readonly overMost?: 'taken-as-most' | 'unknown'
  /** What a keep-alive of 0 comes to. */
  readonly zero?: 'most' | 'unknown'
  /** The versions of MQTT that it speaks. */
  readonly protocols: readonly (4 | 5)[]
  readonly source: string
  /** When that page was read. */
  readonly read: string
  /** What of it could not be confirmed. */
  readonly unverified?: string
}

const BROKERS: readonly ManagedBroker[] = [
  {
    name: 'aws-iot-core',
    summary: 'AWS IoT Core',
    leastS: 30,
    mostS: 1200,
    overMost: 'taken-as-most',
    zero: 'most',
    protocols: [4, 5],
    source:
      'docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits (less than 30 s counts as 30 s; quoted in repost.aws QU_ER8srIYQRaZNNH9od_Q1g), awslabs/aws-c-mqtt v0.4.27 (1200 s is the longest, and the default)',
    read: '2026-11',
    unverified: 'that MQTT 5.0 clients are told of the least by Server Keep Alive',
  },
  {
    name: 'azure-iot-hub',
    summary: 'Azure IoT Hub',
    mostS: 1177,
    overMost: 'taken-as-most',
    zero: 'unknown',
    protocols: [4],
    source:
      'MicrosoftDocs/azure-docs articles/iot/iot-mqtt-connect-to-iot-hub.md: closes after 1.5K, at most 1767 s (29.45 min), so at most 1177 s are of use',
    read: '2026-11',
    unverified: 'what a keep-alive of 0 comes to',
  },
  {
    name: 'azure-event-grid',
    summary: 'Azure Event Grid, MQTT broker of a namespace',
    mostS: 1160,
    overMost: 'unknown',
    zero: 'unknown',
    protocols: [4, 5],
    source: 'learn.microsoft.com/azure/event-grid/mqtt-support: Keep Alive Maximum is 1160 seconds',
    read: '2026-11',
    unverified: 'whether a 3.1.1 client that asks for more is refused or cut',
  },
  {
    name: 'hivemq-cloud',
    summary: 'HiveMQ Cloud',
    family: 'hivemq',
    protocols: [4, 5],
    source: 'docs.hivemq.com: no limit of the keep-alive is published for HiveMQ Cloud; HiveMQ itself allows 65535 s',
    read: '2026-11',
    unverified: 'that there is no limit',
  },
  {
    name: 'emqx-cloud',
    summary: 'EMQX Cloud',
    family: 'emqx',
    protocols: [4, 5],
    source: 'docs.emqx.com/en/cloud/latest/create/restriction: the table of quotas names no limit of the keep-alive',
    read: '2026-11',
    unverified: 'that there is no limit',
  },
]

/** All of them, by name. */
export const managedBrokers: ReadonlyMap<string, ManagedBroker> = new Map(BROKERS.map(each => [each.name, each]))
