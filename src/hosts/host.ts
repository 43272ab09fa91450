import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createBirpc } from 'birpc'
import type { Standing } from '../clock/heartbeat.ts'
import type { Record, Recorded } from '../clock/kit.ts'
import type { RealClock } from '../clock/real.ts'
import type { Runner } from '../model/event.ts'
import type { ChannelOrder, HostFunctions, ParentFunctions, Posted } from './part.ts'

/** A run that listens to a part. */
export interface Listener {
  readonly clock: RealClock
  readonly record: Record
  /** Whose the part is: what its process says of itself is said of this one. */
  readonly of: Runner
}

export interface PartOrder {
  /** Parts of one name share a process. */
  readonly host: string
  /** Where `openPart` is: a file URL, of the source or of what is built of it. */
  readonly module: string
  readonly args: unknown
  /** The run that it belongs to; absent for what several share. */
  readonly listener?: Listener
}

/** Disposing it ends the part; what it has recorded until then has been delivered by that time. */
export interface Part<Reply> extends AsyncDisposable {
  readonly reply: Reply
  /** Rejects as the method does, or where its process has ended. */
  call<T = void>(method: string, ...args: unknown[]): Promise<T>
  /** A further run listens from now on, until the returned function is called; `call` tells the part of it. */
  listen(listener: Listener, call: (order: ChannelOrder) => void): () => void
}

/** Rejects as the part's own opening does. */
export async function openPart<Reply>(order: PartOrder): Promise<Part<Reply>> {
  return await hostCalled(order.host).open<Reply>(order)
}

/** Starts the process and loads what its parts need before the first is due, so that loading delays no part. */
export async function prepareHost(name: string, module: string, args: unknown): Promise<void> {
  await hostCalled(name).load(module, args)
}

const watchers = new Set<() => void>()

/** Calls `act` whenever any of these processes stood still or was starved, until the result is called. */
export function watchHosts(act: () => void): () => void {
  watchers.add(act)
  return () => watchers.delete(act)
}

const hosts = new Map<string, Host>()
let lastId = 0

function hostCalled(name: string): Host {
  const known = hosts.get(name)
  if (known) return known
  const host = new Host(name, () => hosts.delete(name))
  hosts.set(name, host)
  return host
}

const ROOT = new URL('..', import.meta.url).href
const BUILT = import.meta.url.endsWith('.ts') ? new URL('../../dist/', import.meta.url).href : ROOT

/**
 * The tests run the sources, and a process of Node 20 reads no TypeScript: it runs what was built of the same file. A module of another
 * package or of a project stays what it is.
 */
export const built = (url: string): string =>
  url.startsWith(ROOT) ? (BUILT + url.slice(ROOT.length)).replace(/\.ts$/, '.js') : url

const MAIN = fileURLToPath(built(new URL('./host-main.ts', import.meta.url).href))

class Host {
  readonly #child: ChildProcess
  readonly #rpc: ReturnType<typeof createBirpc<HostFunctions, ParentFunctions>>
  readonly #listeners = new Map<number, Listener>()
  #used = 0

  constructor(name: string, ended: () => void) {
    this.#child = fork(MAIN, [name], {
      // A session of its own. Where the kernel shares processors out by sessions (sched_autogroup_enabled), a light process beside heavy
      // ones of its own session would wait for hundreds of milliseconds: sched(7), "The autogroup feature".
      detached: true,
      serialization: 'advanced',
      execArgv: [],
      // Options meant for us (an inspector, a loader) are none of its business.
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#rpc = createBirpc<HostFunctions, ParentFunctions>(
      {
        events: batch => this.#deliver(batch),
        standing: standing => {
          for (const act of watchers) act()
          this.#tellAll(({ clock, of }) => standingEvent(standing, clock, of))
        },
        threw: message =>
          this.#tellAll(() => ({
            who: 'harness',
            what: 'trouble',
            note: `something threw in the process of ${name}: ${message}`,
          })),
      },
      {
        post: message => {
          // A send that fails is told by `exit`.
          if (this.#child.connected) this.#child.send(message, () => {})
        },
        on: listener => this.#child.on('message', listener),
        timeout: -1,
      },
    )
    let isOver = false
    const end = (why: string) => {
      if (isOver) return
      isOver = true
      ended()
      const note = `the process of ${name} ended: ${why}`
      this.#tellAll(() => ({ who: 'harness', what: 'trouble', note, passing: true }))
      this.#listeners.clear()
      this.#rpc.$close(new Error(note))
    }
    this.#child.once('error', error => end(error.message))
    this.#child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
    // Only a part that is open, or a question that is not answered, keeps this process alive.
    this.#unref()
  }

  #ref(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  async load(module: string, args: unknown): Promise<void> {
    await this.#holding(() => this.#rpc.load(built(module), args))
  }

  async open<Reply>({ module, args, listener }: PartOrder): Promise<Part<Reply>> {
    const id = ++lastId
    const forget = listener ? this.#listen(id, listener) : () => {}
    this.#hold()
    try {
      const channel = listener && { id, originMs: listener.clock.originMs }
      const reply = (await this.#rpc.open(id, built(module), args, channel)) as Reply
      return {
        reply,
        call: (method, ...rest) => this.#holding(() => this.#rpc.call(id, method, rest)) as Promise<never>,
        listen: (further, call) => {
          const channelId = ++lastId
          const stop = this.#listen(channelId, further)
          call({ id: channelId, originMs: further.clock.originMs })
          return stop
        },
        [Symbol.asyncDispose]: async () => {
          try {
            await this.#rpc.close(id)
          } finally {
            forget()
            this.#release()
          }
        },
      }
    } catch (error) {
      forget()
      this.#release()
      throw error
    }
  }

  #listen(id: number, listener: Listener): () => void {
    this.#listeners.set(id, listener)
    return () => this.#listeners.delete(id)
  }

  async #holding<T>(act: () => Promise<T>): Promise<T> {
    this.#hold()
    try {
      return await act()
    } finally {
      this.#release()
    }
  }

  #hold(): void {
    if (++this.#used === 1) this.#ref()
  }

  #release(): void {
    if (--this.#used === 0) this.#unref()
  }

  #deliver(batch: readonly Posted[]): void {
    for (const [channel, event] of batch) this.#listeners.get(channel)?.record(event)
  }

  #tellAll(eventFor: (listener: Listener) => Recorded): void {
    for (const listener of this.#listeners.values()) listener.record(eventFor(listener))
  }
}

/** What a thread says of itself, as an event of a run. */
export function standingEvent(standing: Standing, clock: RealClock, of: Runner): Recorded {
  const { what, untilMs, forMs } = standing
  const atMs = untilMs - clock.originMs
  return what === 'stalled'
    ? { who: 'harness', what, of, forMs, atMs }
    : { who: 'harness', what, of, forMs, overMs: standing.overMs, how: 'no-cpu', atMs }
}
