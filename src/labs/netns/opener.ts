import { type ChildProcess, spawn } from 'node:child_process'
import type { Server, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Address } from '../../link/kinds/link.ts'
import { guardProcess, startReaper } from '../../processes/reaper.ts'
import { tetherByKernel } from '../../processes/tether.ts'
import { type OpenerAnswer, type OpenerQuestion, openerMain, type Tcp } from './opener-main.ts'

/**
 * A connection that is being opened in another namespace, usable at once as a socket of `net.connect` is: what is written
 * waits, `destroy` gives up the attempt. The TCP is the namespace's own; only the program is here.
 */
export class RemoteSocket extends Duplex {
  #socket: Socket | undefined
  #connected: (() => void)[] = []
  readonly #attempt = new AbortController()

  constructor(dial: (signal: AbortSignal) => Promise<Socket>) {
    super({ allowHalfOpen: false, autoDestroy: true })
    dial(this.#attempt.signal).then(
      socket => (this.destroyed ? socket.destroy() : this.#attach(socket)),
      error => this.destroy(error),
    )
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenConnected(socket => socket.write(bytes, done))
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenConnected(socket => socket.end(done))
  }

  override _read(): void {
    this.#socket?.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#attempt.abort()
    this.#connected = []
    this.#socket?.destroy()
    done(error)
  }

  #attach(socket: Socket): void {
    this.#socket = socket
    socket.setNoDelay(true)
    // Whether the other end's FIN is answered is decided here, not there.
    socket.allowHalfOpen = true
    socket.on('data', bytes => this.push(bytes) || socket.pause())
    socket.on('end', () => this.push(null))
    socket.on('error', error => this.destroy(error))
    socket.on('close', () => this.destroy())
    for (const act of this.#connected) act()
    this.#connected = []
    this.emit('connect')
  }

  #whenConnected(act: (socket: Socket) => void): void {
    const socket = this.#socket
    if (socket) act(socket)
    else this.#connected.push(() => this.#socket && act(this.#socket))
  }
}

const PROGRAM = `(${openerMain})(require('node:net'), require('node:child_process'), process)`

/** A process that holds a namespace and opens sockets in it. */
export interface Opener extends AsyncDisposable {
  readonly pid: number
  /** A connection of that namespace, paused. Rejects with the system's own error and code. */
  dial(address: Address, tcp: Tcp, signal?: AbortSignal): Promise<Socket>
  /** A listening socket of that namespace. */
  listen(address: Address, tcp: Tcp): Promise<Server>
}

type Command = readonly [file: string, ...args: string[]]
type Asked = OpenerQuestion extends infer Each ? (Each extends OpenerQuestion ? Omit<Each, 'id'> : never) : never

/** Started by the command that `enter` makes of it, which must become the program (by exec) and not its parent. */
export async function startOpener(enter: (file: string, args: readonly string[]) => Command): Promise<Opener> {
  startReaper()
  const [program, ...own] = tetherByKernel([process.execPath, '-e', PROGRAM])
  const [file, ...args] = enter(program, own)
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Options meant for us (an inspector, a loader) are none of its business.
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const ended = endOf(child).finally(release)
  const waiting = new Map<number, (answer: OpenerAnswer, handle: unknown) => void>()
  child.on('message', (answer: OpenerAnswer, handle: unknown) => waiting.get(answer.id)?.(answer, handle))

  const ready = new Promise<void>(resolve => waiting.set(0, () => resolve()))
  const why = await Promise.race([ready, ended])
  if (why !== undefined || child.pid === undefined) throw new Error(why ?? 'no process')
  // Nobody waits for an opener.
  child.unref()
  child.channel?.unref()

  let asked = 0
  const ask = async <T>(question: Asked, signal?: AbortSignal): Promise<T> => {
    const id = ++asked
    const answer = new Promise<T>((resolve, reject) => {
      waiting.set(id, ({ error }, handle) => (error ? reject(errorOf(error)) : resolve(handle as T)))
    })
    const forget = () => child.connected && child.send({ id, do: 'forget' })
    signal?.addEventListener('abort', forget, { once: true })
    child.send({ ...question, id })
    const gone = ended.then(how => Promise.reject(new Error(`the opener ended: ${how}`)))
    return Promise.race([answer, gone]).finally(() => {
      waiting.delete(id)
      signal?.removeEventListener('abort', forget)
    })
  }
  return {
    pid: child.pid,
    dial: (address, tcp, signal) => ask<Socket>({ do: 'dial', ...address, tcp }, signal),
    listen: (address, tcp) => ask<Server>({ do: 'listen', ...address, tcp }),
    async [Symbol.asyncDispose]() {
      // Whoever waits for its end must find us still here.
      child.ref()
      child.kill('SIGKILL')
      await ended
    },
  }
}

const errorOf = ({ message, code }: NonNullable<OpenerAnswer['error']>): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code })

/** Resolves once it is gone, with what it said last. */
function endOf(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => resolve(said.trim() || (signal ?? `exit code ${code}`)))
  })
}
