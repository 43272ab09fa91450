import type { LabSettings } from '../../labs/lab.ts'
import type { ScenarioChoice } from '../../terminal/choose.ts'
import type { Shard } from '../../terminal/shard.ts'

export interface RunCommandOptions extends ScenarioChoice {
  /** What was given for the lab beside its name. */
  readonly labSettings?: LabSettings
  readonly attach?: string
  readonly brokerUrl?: readonly string[]
  readonly brokerUser?: string
  readonly brokerCa?: string
  readonly brokerCert?: string
  readonly brokerKey?: string
  readonly toxiproxy?: string
  readonly shard?: Shard
  readonly jobs?: number
  readonly replays?: number
  readonly json?: string
  readonly junit?: string
  readonly ctrf?: string
  readonly markdown?: string
  readonly verbose?: boolean
  /** A folder for a capture of each run. */
  readonly pcap?: string
  /** A file for the page about the run. */
  readonly html?: string
  readonly reporter?: readonly string[]
  readonly seed?: number
  readonly out?: string
}
