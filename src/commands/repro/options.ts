export interface ReproOptions {
  readonly middlebox?: string
  readonly after?: string
  readonly keepalive: string
  readonly client: string
  /** Absent: one that speaks the protocol. */
  readonly broker?: string
  readonly publish: string
  readonly mqtt: string
  readonly brokerMax?: string
  readonly brokerMin?: string
  readonly fix?: string
  readonly scale?: string
  readonly lab?: string
  readonly write?: string
  readonly fromLog?: string
  readonly fromPcap?: string
  readonly keylog?: string
  readonly json?: boolean
  readonly clientId?: string
  readonly atLeast?: number
  readonly html?: string
  readonly seed?: number
}
