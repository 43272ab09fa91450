/**
 * The whole program of the opener in a namespace: it opens sockets there and hands them to the process outside, where they
 * keep the namespace of their birth. Like the reaper it runs as `node -e` from the text of this function, so that it is the
 * same from TypeScript sources, from `dist/` and from inside a bundle. Therefore it may use nothing but its parameters.
 */

/** What the opener is asked, with a number by which the answer is known. */
export type OpenerQuestion =
  | {
      readonly id: number
      readonly do: 'dial' | 'listen'
      readonly host: string
      readonly port: number
      readonly tcp: Tcp
    }
  /** Whoever asked for this connection no longer wants it. */
  | { readonly id: number; readonly do: 'forget' }

/** Options of a socket that Node can't set, or not without changing others: setsockopt's level, name and value. */
export type Tcp = readonly (readonly [level: number, name: number, value: number])[]

/** The socket or server goes with it. */
export interface OpenerAnswer {
  readonly id: number
  readonly error?: { readonly message: string; readonly code?: string }
}

export function openerMain(
  net: typeof import('node:net'),
  childProcess: typeof import('node:child_process'),
  self: NodeJS.Process,
): void {
  const dials = new Map<number, import('node:net').Socket>()
  const fail = (id: number, { message, code }: NodeJS.ErrnoException) => self.send?.({ id, error: { message, code } })

  /** perl gets the socket as its descriptor 3. What is accepted inherits from what listens. */
  const set = (socket: unknown, tcp: Tcp) => {
    if (tcp.length === 0) return
    const { fd } = (socket as { _handle: { fd: number } })._handle
    const calls = tcp.map(([level, name, value]) => `setsockopt($s, ${level}, ${name}, pack("i", ${value})) or die $!;`)
    const args = ['-e', `open(my $s, "+<&=", 3) or die $!; ${calls.join(' ')}`]
    const { status, stderr } = childProcess.spawnSync('perl', args, { stdio: ['ignore', 'ignore', 'pipe', fd] })
    if (status !== 0) throw new Error(`the options of a socket can't be set: ${stderr ?? 'no perl'}`)
  }
  const hand = (
    id: number,
    tcp: Tcp,
    handle: import('node:net').Socket | import('node:net').Server,
    sent: () => void,
  ) => {
    try {
      set(handle, tcp)
      self.send?.({ id }, handle, {}, sent)
    } catch (error) {
      fail(id, error as Error)
    }
  }

  const dial = (id: number, host: string, port: number, tcp: Tcp) => {
    // Paused, so that what comes first is read by whoever gets it.
    const socket = new net.Socket({ allowHalfOpen: true }).pause()
    dials.set(id, socket)
    socket.once('error', error => {
      dials.delete(id)
      fail(id, error)
    })
    socket.connect({ host, port }, () => {
      dials.delete(id)
      hand(id, tcp, socket, () => {})
    })
  }
  const listen = (id: number, host: string, port: number, tcp: Tcp) => {
    const server = net.createServer()
    server.once('error', error => fail(id, error))
    // Closed here once it is shared, or some of its clients would be ours.
    server.listen(port, host, () => hand(id, tcp, server, () => server.close()))
  }
  self.on('message', (question: OpenerQuestion) => {
    if (question.do === 'forget') {
      dials.get(question.id)?.destroy()
      dials.delete(question.id)
      return
    }
    const act = question.do === 'dial' ? dial : listen
    act(question.id, question.host, question.port, question.tcp)
  })
  // Whoever started us is gone, and the namespace with us.
  self.on('disconnect', () => self.exit())
  if (!self.connected) self.exit()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) self.on(signal, () => {})
  self.send?.({ id: 0 })
}
