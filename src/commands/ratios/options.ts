/** As the command line gives them; what is absent has a default of its own here, not that of the grids. */
export interface RatioOptions {
  readonly clients?: string
  readonly brokers?: string
  readonly keepalive?: string
  readonly phases?: number
  readonly traffic?: string
  readonly brokerSamples?: number
  readonly lab?: string
  readonly seed?: number
  readonly jobs?: number
  readonly pairs?: boolean
  readonly markdown?: string
  readonly csv?: string
  readonly json?: string
  readonly html?: string
  readonly baseline?: string
  readonly tolerance?: string
  readonly strict?: boolean
}

/** Options of the grids that mean nothing for the ratio table, and the other way round; by commander's names. */
export const ONLY_GRIDS: readonly string[] = [
  ...['ratio', 'idle', 'maxKeepalive', 'broker', 'client', 'fault', 'latency', 'for', 'quick', 'longest', 'shard'],
  ...['metric', 'svg'],
]
export const ONLY_RATIOS: readonly string[] = ['pairs', 'brokerSamples', 'markdown', 'baseline', 'tolerance', 'strict']

const asFlag = (name: string): string => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** What does not go together, each with what to do instead. `given`: the names of the options on the command line. */
export function mixtures(given: ReadonlySet<string>): readonly string[] {
  const wantsRatios = given.has('clients') || given.has('brokers')
  const wrong = (wantsRatios ? ONLY_GRIDS : ONLY_RATIOS).filter(name => given.has(name)).map(asFlag)
  if (wrong.length === 0) return []
  return wantsRatios
    ? [`${wrong.join(', ')}: of the grids, not of the ratio table that --clients and --brokers ask for`]
    : [`${wrong.join(', ')}: of the ratio table; ask for it with --clients and --brokers`]
}
