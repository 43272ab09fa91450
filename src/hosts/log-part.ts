/** Reads what programs say, in a process that does nothing else: a pipe that nobody reads stops the program that writes into it. */

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { readLines } from '../processes/program-lines.ts'
import type { Channel, HostedPart, PartHost } from './part.ts'

export interface LogArgs {
  /** Where the streams come in. */
  readonly path: string
  /** The first line of each stream, by its number: whoever else finds the path does not know them. */
  readonly secrets: readonly string[]
  /** Characters of a line. */
  readonly longest: number
}

/** So much may be on its way: many seconds of a program that says much. One that floods waits until it is taken. */
const MOST_AHEAD = 16 * 1024 * 1024

/** What a line takes, in characters. */
export const weightOf = (line: string): number => line.length + 100

/** Records each line as `log` and the end of each stream as `exited`, with the stream's number as `seq`. */
export async function openPart(args: LogArgs, _host: PartHost, channel: Channel | undefined): Promise<HostedPart> {
  const sockets = new Set<Socket>()
  const awaited = new Set(args.secrets)
  let ahead = 0
  const server = createServer(socket => {
    sockets.add(socket)
    let seq: number | undefined
    const begin = (secret: string) => {
      if (!awaited.delete(secret)) return void socket.destroy()
      seq = args.secrets.indexOf(secret)
      if (awaited.size === 0) server.close()
    }
    const say = (note: string) => {
      if (seq === undefined) begin(note)
      else {
        channel?.record({ who: 'client', what: 'log', seq, note })
        ahead += weightOf(note)
        if (ahead > MOST_AHEAD) for (const each of sockets) each.pause()
      }
    }
    readLines(socket, say, args.longest)
    socket.once('close', () => {
      sockets.delete(socket)
      if (seq !== undefined) channel?.record({ who: 'client', what: 'exited', seq })
    })
  })
  server.listen(args.path)
  await once(server, 'listening')
  return {
    reply: undefined,
    methods: {
      taken(weight: number) {
        ahead -= weight
        if (ahead <= MOST_AHEAD / 2) for (const each of sockets) each.resume()
      },
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
