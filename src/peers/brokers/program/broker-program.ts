import type { MachineDate } from '../../../clock/real.ts'
import type { Address } from '../../../link/kinds/link.ts'
import type { Command } from '../../recipes/recipe.ts'
import type { StartContext } from '../broker.ts'
import type { News } from '../watchers.ts'
import type { BrokerTls, TlsChoice } from './broker-tls.ts'

/** A broker that is a program of its own: how it is started, and how what it says is read. */
export interface BrokerProgram {
  /** In messages, and in the name of its folder below the system's temporary one. */
  readonly name: string
  readonly version: string
  /** What it speaks (src/dialects/); absent: MQTT. */
  readonly dialect?: string
  readonly tls?: TlsChoice
  /** Puts what the program reads into its folder, and says how to run it. Again at another address, where a port was taken. */
  prepare(place: ProgramPlace): Promise<Launch> | Launch
  /**
   * The evidence in a line of its log. Called with each line of its standard output and standard error, and when it came; it must not
   * throw.
   */
  read(line: string, seen?: MachineDate): readonly LogNews[]
  /** What its own clock showed when it wrote this line, in whole seconds; absent, or `undefined`: the line does not say. */
  readonly dateS?: (line: string) => number | undefined
}

export interface ProgramPlace {
  /** Where it is to listen for MQTT, and nowhere else. */
  readonly address: Address
  /** A folder of its own, gone with it. */
  readonly folder: string
  readonly within?: StartContext | undefined
  /** The certificates that were made for it; absent: it speaks plain MQTT. */
  readonly tls?: BrokerTls | undefined
}

export interface Launch {
  readonly command: Command
  /** Absent: the folder that halfopen runs in. */
  readonly cwd?: string
  /** It speaks over WebSockets there, and nothing else. */
  readonly webSocket?: true
}

/** One piece of evidence in a line of a broker's log. */
export interface LogNews extends News {
  readonly clientId: string
}

/** The same note under each name; a client that nobody named is nobody's. */
export const news = (
  clientId: string | undefined,
  whats: readonly News['what'][],
  note?: string,
): readonly LogNews[] =>
  clientId === undefined ? [] : whats.map(what => ({ clientId, what, ...(note === undefined ? {} : { note }) }))
