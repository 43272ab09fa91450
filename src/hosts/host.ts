import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createBirpc } from 'birpc'
import { standingEvent } from '../clock/heartbeat.ts'
import type { Record, Recorded } from '../clock/kit.ts'
import type { RealClock } from '../clock/real.ts'
import { COLUMNS, type Shape, unpacked } from '../evidence/packed.ts'
import type { Runner } from '../model/event.ts'
import { built } from '../model/package.ts'
import { tetherByKernel } from '../processes/tether.ts'
import type { ChannelOrder, HostFunctions, ParentFunctions, Posted } from './part.ts'
import { type Vigil, vigil } from './vigil.ts'

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
  /** The process ends with the part: no other is to share it. */
  readonly alone?: boolean
  /** Its process has clocks of its own, which run so many times as fast and can be set; absent: the machine's. */
  readonly speed?: number
  /** Where `openPart` is: a file URL, of the source or of what is built of it. */
  readonly module: string
  readonly args: unknown
  /** The run that it belongs to; absent for what several share. */
  readonly listener?: Listener
}

/** Disposing it ends the part; what it has recorded until then has been delivered by that time. */
export interface HostPart<Reply> extends AsyncDisposable {
  readonly reply: Reply
  /** Rejects as the method does, or where its process has ended. */
  call<T = void>(method: string, ...args: unknown[]): Promise<T>
  /** Of the process that it lives in, which `alone` makes its own. */
  readonly pid: number | undefined
  signal(name: NodeJS.Signals): void
  /** Of a process with clocks of its own. */
  step(byMs: number, monotonic: boolean): Promise<void>
  drift(msPerS: number): Promise<void>
  /** A further run listens from now on, until the returned function is called; `call` tells the part of it. */
  listen(listener: Listener, call: (order: ChannelOrder) => void): () => void
}

/** Rejects as the part's own opening does. */
export async function openPart<Reply>(order: PartOrder): Promise<HostPart<Reply>> {
  return await hostCalled(order.host, order.speed).open<Reply>(order)
}

/** Starts the process and loads what its parts need before the first is due, so that loading delays no part. */
export async function prepareHost(name: string, module: string, args: unknown, speed?: number): Promise<void> {
  await hostCalled(name, speed).load(module, args)
}

const watchers = new Set<() => void>()

/** Calls `act` whenever any of these processes stood still or was starved, until the result is called. */
export function watchHosts(act: () => void): () => void {
  watchers.add(act)
  return () => watchers.delete(act)
}

const hosts = new Map<string, Host>()
let lastId = 0

function hostCalled(name: string, speed?: number): Host {
  const key = speed === undefined ? name : `${name} x${speed}`
  const known = hosts.get(key)
  if (known) return known
  const host = new Host(key, speed, () => hosts.delete(key))
  hosts.set(key, host)
  return host
}

/**
 * SSLKEYLOGFILE, which curl, browsers and the drivers go by, is Node's `--tls-keylog`. Node warns of that at each start; `run` says it once.
 */
export const keylogArgs = ({ SSLKEYLOGFILE: file }: NodeJS.ProcessEnv): readonly string[] =>
  file ? [`--tls-keylog=${file}`, '--no-warnings'] : []

const MAIN = fileURLToPath(built(new URL('./host-main.ts', import.meta.url).href))

class Host {
  readonly #child: ChildProcess
  readonly #rpc: ReturnType<typeof createBirpc<HostFunctions, ParentFunctions>>
  readonly #listeners = new Map<number, Listener>()
  readonly #vigil: Vigil
  /** Of what was packed for each of them so far. */
  readonly #shapes = new Map<number, Shape[]>()
  #used = 0
  #isOver = false
  /** Why we ended it ourselves. */
  #given: string | undefined

  constructor(name: string, speed: number | undefined, ended: () => void) {
    const [execPath, ...execArgv] = tetherByKernel([process.execPath])
    this.#child = fork(MAIN, [name, ...(speed === undefined ? [] : [String(speed)])], {
      execPath,
      execArgv: [...execArgv, ...keylogArgs(process.env)],
      // A session of its own. Where the kernel shares processors out by sessions (sched_autogroup_enabled), a light process beside heavy
      // ones of its own session would wait for hundreds of milliseconds: sched(7), "The autogroup feature".
      detached: true,
      serialization: 'advanced',
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
        on: listener =>
          this.#child.on('message', message => {
            this.#vigil.heard()
            listener(message)
          }),
        timeout: -1,
      },
    )
    this.#vigil = vigil(
      () => void this.#rpc.ping().catch(() => {}),
      silentMs => {
        this.#given = `it did not answer for ${silentMs / 1000} s`
        this.#child.kill('SIGKILL')
      },
    )
    const end = (why: string) => {
      if (this.#isOver) return
      this.#isOver = true
      this.#vigil.end()
      ended()
      const note = `the process of ${name} ended: ${this.#given ?? why}`
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

  async open<Reply>({ module, args, listener, alone = false }: PartOrder): Promise<HostPart<Reply>> {
    const id = ++lastId
    const forget = listener ? this.#listen(id, listener) : () => {}
    this.#hold()
    try {
      const channel = listener && { id, originMs: listener.clock.originMs, speed: listener.clock.speed }
      const reply = (await this.#rpc.open(id, built(module), args, channel)) as Reply
      return {
        reply,
        pid: this.#child.pid,
        signal: name => void this.#child.kill(name),
        step: (byMs, monotonic) => this.#rpc.step(byMs, monotonic),
        drift: msPerS => this.#rpc.drift(msPerS),
        call: (method, ...rest) => this.#holding(() => this.#rpc.call(id, method, rest)) as Promise<never>,
        listen: (further, call) => {
          const channelId = ++lastId
          const stop = this.#listen(channelId, further)
          call({ id: channelId, originMs: further.clock.originMs, speed: further.clock.speed })
          return stop
        },
        [Symbol.asyncDispose]: async () => {
          try {
            // With its process the part is gone, which the run was told.
            if (!this.#isOver) await this.#rpc.close(id)
          } finally {
            forget()
            this.#release()
            if (alone) this.#child.kill('SIGKILL')
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
    this.#shapes.set(id, [])
    return () => {
      this.#listeners.delete(id)
      this.#shapes.delete(id)
    }
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
    if (++this.#used > 1) return
    this.#ref()
    this.#vigil.begin()
  }

  #release(): void {
    if (--this.#used > 0) return
    this.#vigil.end()
    this.#unref()
  }

  #deliver(batch: readonly Posted[]): void {
    for (const [channel, { rows, shapes, odd }] of batch) {
      const known = this.#shapes.get(channel)
      known?.push(...shapes)
      for (let row = 0; row * COLUMNS < rows.length; row++)
        this.#listeners.get(channel)?.record(unpacked(rows, row, known ?? [], odd))
    }
  }

  #tellAll(eventFor: (listener: Listener) => Recorded): void {
    for (const listener of this.#listeners.values()) listener.record(eventFor(listener))
  }
}
