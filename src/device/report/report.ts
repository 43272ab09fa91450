import type { Setting } from '../header.ts'
import type { Limits } from '../limits.ts'
import type { DeviceRun } from '../run.ts'

/** What a report tells of. */
export interface Reported {
  readonly run: DeviceRun
  readonly setting: Setting
  readonly limits: Limits
  /** Where the link listened. */
  readonly listen: string
  /** The broker, in words: a URL, or what was started. */
  readonly upstream: string
  /** The command line that plays it again, without its choice of steps. */
  readonly command: string
  /** Where the evidence was saved. */
  readonly evidence?: string
}
