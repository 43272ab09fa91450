/** As the command line gives them. */
export interface CalibrateOptions {
  readonly client?: string
  readonly command?: string
  readonly broker?: string
  readonly options?: string
  readonly against?: string
  readonly keepalive?: string
  readonly phases?: number
  readonly samples?: number
  readonly lab?: string
  readonly speed?: number
  readonly name?: string
  readonly peerVersion?: string
  readonly out?: string
  readonly check?: string
}
