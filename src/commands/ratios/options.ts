/** As the command line gives them; `understood` knows what an absent one means. */
export interface RatioOptions {
  readonly clients?: string
  readonly brokers?: string
  readonly keepalive?: string
  readonly phases?: number
  readonly traffic?: string
  readonly brokerSamples?: number
  readonly lab?: string
  readonly speed?: number
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
