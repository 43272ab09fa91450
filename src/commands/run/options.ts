import type { Config } from '../../config.ts'
import type { LabSettings } from '../../labs/lab.ts'
import type { ScenarioChoice } from '../../terminal/choose.ts'
import { milliseconds } from '../../terminal/options.ts'
import type { RawPart } from '../../terminal/save-captures.ts'
import type { Shard } from '../../terminal/shard.ts'

export interface RunCommandOptions extends ScenarioChoice {
  /** What was given for the lab beside its name. */
  readonly labSettings?: LabSettings
  readonly attach?: string
  readonly speed?: number
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
  readonly quiet?: boolean
  /** A folder for a capture of each run. */
  readonly pcap?: string
  /** What captures are to hold that evidence does not. */
  readonly pcapWith?: readonly RawPart[]
  /** A file for the page about the run. */
  readonly html?: string
  readonly reporter?: readonly string[]
  readonly seed?: number
  readonly out?: string
  /** After how many failures the run ends; `true`: one. */
  readonly bail?: number | true
  /** Of the whole run, as it was written. */
  readonly timeout?: string
  readonly lastFailed?: boolean
  readonly dryRun?: boolean
  readonly watch?: boolean
  /** The moment at which the parts of a fleet begin, as it was written. */
  readonly startAt?: string
  /** Whom to ask what time it is. */
  readonly timeServer?: string
}

/** The options of a run with what the project settles where the command line says nothing. */
export interface SettledOptions extends RunCommandOptions {
  readonly bail?: number
  /** Of `timeout`. */
  readonly timeoutMs?: number
}

/** What the command line says wins. What the project chooses holds for a run that names no scenarios itself. */
export function settled(files: readonly string[], given: RunCommandOptions, config: Config): SettledOptions {
  const { tags, grep, grepInvert, reporter, bail: bailing, commands: _, plugins: __, lab: ___, ...rest } = config
  const { bail: asked, ...options } = { ...rest, ...loudness(given, config), ...given }
  const chooses =
    files.length > 0 ||
    given.lastFailed === true ||
    [given.tag, given.grep, given.grepInvert].some(choice => choice !== undefined)
  const choice = {
    ...(tags && tags.length > 0 && { tag: tags }),
    ...(grep !== undefined && { grep }),
    ...(grepInvert !== undefined && { grepInvert }),
  }
  const bail = bailOf(asked ?? bailing)
  return {
    ...(chooses ? {} : choice),
    ...(reporter === undefined ? {} : { reporter: [reporter].flat() }),
    ...options,
    ...(bail === undefined ? {} : { bail }),
    ...(options.timeout === undefined ? {} : { timeoutMs: milliseconds('--timeout', options.timeout) }),
  }
}

const bailOf = (bail: number | boolean | undefined): number | undefined =>
  typeof bail === 'boolean' ? (bail ? 1 : undefined) : bail

/** `--verbose` is louder than a project that is quiet, and the other way round. */
function loudness({ verbose, quiet }: RunCommandOptions, config: Config) {
  if (verbose) return { quiet: false }
  return quiet ? { verbose: false } : { quiet: config.quiet === true, verbose: config.verbose === true }
}
