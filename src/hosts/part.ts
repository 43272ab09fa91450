/**
 * A part of a bench (the link, a client, a broker, the witness) that lives in a process of its own, so that the work of others does not
 * delay it. What it is told and what it answers is plain data (structured clone); what it records goes to the runs that listen.
 */
import type { Standing } from '../clock/heartbeat.ts'
import type { OwnActs, Record } from '../clock/kit.ts'
import type { RealClock } from '../clock/real.ts'
import type { Pack } from '../evidence/packed.ts'

/** One run that listens to a part. */
export interface ChannelOrder {
  /** Unique in the process. */
  readonly id: number
  /** Of the run's clock: see `RealClock`. */
  readonly originMs: number
  readonly speed: number
}

/** A run's end of it, inside its process. */
export interface Channel {
  /** The run's own time. */
  readonly clock: RealClock
  /** Dates the event now, with how late it may be, unless the event says so itself. */
  readonly record: Record
  readonly ownActs: OwnActs
}

export interface PartHost {
  channel(order: ChannelOrder): Channel
}

/** What a module of a part exports as `openPart`. `channel` is the run's that opened it; absent for what several runs share. */
export type OpenPart<Args = never> = (args: Args, host: PartHost, channel: Channel | undefined) => Promise<HostedPart>

/** What a module of a part may export as `preload`: loads all that opening a part with these arguments would load. */
export type Preload<Args = never> = (args: Args) => Promise<void>

export interface HostedPart extends AsyncDisposable {
  /** Given back to who opened it. */
  readonly reply: unknown
  /** What it can be asked for. */
  // biome-ignore lint/suspicious/noExplicitAny: each method knows its own arguments; they come over a port.
  readonly methods: Readonly<{ [name: string]: (...args: any[]) => unknown }>
}

/** What the process of the runs calls. */
export interface HostFunctions {
  /** Answers at once: the process is not stuck. */
  ping(): void
  /** Moves the clocks of a process that has its own: see `FasterClocks`. */
  step(byMs: number, monotonic: boolean): void
  drift(msPerS: number): void
  /** Loads a module before a part of it is due. */
  load(module: string, args: unknown): Promise<void>
  open(id: number, module: string, args: unknown, channel: ChannelOrder | undefined): Promise<unknown>
  call(id: number, method: string, args: readonly unknown[]): Promise<unknown>
  close(id: number): Promise<void>
}

/** Events with the channel that they are for. A channel's packs come in order, each with the shapes that are new in it. */
export type Posted = readonly [channel: number, pack: Pack]

/** What the process of the parts calls. */
export interface ParentFunctions {
  events(batch: readonly Posted[]): void
  /** In milliseconds of `monotonicMs`. */
  standing(standing: Standing): void
  /** Something threw outside of any call. */
  threw(message: string): void
}
