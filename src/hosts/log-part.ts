/** Reads the output of programs, in a process that does nothing else: a program that writes into a full pipe waits until it is read. */

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { readLines } from '../processes/program-lines.ts'
import type { Channel, HostedPart, PartHost } from './part.ts'

export interface LogArgs {
  /** Where the streams come in. */
  readonly path: string
  /** The first line of each stream, by its number. Other users of this machine can find the path in /proc/net/unix, but not these. */
  readonly secrets: readonly string[]
  /** Characters of a line. */
  readonly longest: number
}

/** Of lines that were read and not taken: 100,000 of Mosquitto's. Then the programs wait, so that a flood does not fill the memory. */
const MOST_AHEAD_CHARACTERS = 16 * 1024 * 1024

/** Roughly what an event takes besides its text, so that empty lines count. */
const EVENT_CHARACTERS = 100

/** What a line takes, in characters. */
export const weightOf = (line: string): number => line.length + EVENT_CHARACTERS

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
        if (ahead > MOST_AHEAD_CHARACTERS) for (const each of sockets) each.pause()
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
        if (ahead <= MOST_AHEAD_CHARACTERS / 2) for (const each of sockets) each.resume()
      },
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
