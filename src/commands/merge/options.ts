/** Where the reports of a merged run go. */
export interface MergedRunOptions {
  /** A folder that takes the evidence of all shards. */
  readonly out?: string
  readonly json?: string
  readonly junit?: string
  readonly ctrf?: string
  readonly markdown?: string
  readonly html?: string
  readonly pcap?: string
  readonly reporter?: readonly string[]
  readonly verbose?: boolean
}

export interface MergeOptions extends MergedRunOptions {
  readonly metric?: string
  readonly csv?: string
  readonly svg?: string
}

/** What puts the files of a comparison together, loaded where it is needed. Its exit code. */
export type MergeComparisons = () => Promise<(files: readonly string[], options: MergeOptions) => Promise<number>>

/** What only the one kind of shards can be written as. */
export const OF_RUNS_ONLY = ['out', 'junit', 'ctrf', 'markdown', 'pcap', 'reporter', 'verbose'] as const
export const OF_COMPARISONS_ONLY = ['metric', 'csv', 'svg'] as const
