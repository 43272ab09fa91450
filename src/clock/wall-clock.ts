/**
 * The date, for machines that have to begin together: read once, and from then on counted by the monotonic clock, so that nobody who
 * sets the machine's date meanwhile moves it. How far it is off is asked of a time server (SNTP: RFC 5905 §14), the same for all.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import type { WallClock } from '../model/evidence.ts'
import { monotonicMs, realClock } from './real.ts'

/** A date of the machine, in milliseconds since 1970, and its error where it is known. */
export interface DateOfMachine extends WallClock {
  /** The same moment on the monotonic clock. */
  readonly monotonicMs: number
}

/** As the machine has it. How far that is off is not known; on one machine it is the same for all. */
export function machineDate(): DateOfMachine {
  return { atMs: Date.now(), monotonicMs: monotonicMs(), errorMs: null, source: `boot ${bootId()}` }
}

/** Names this start of this machine, and tells nothing of it. */
function bootId(): string {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    return createHash('sha256').update(id.trim()).digest('hex').slice(0, 16)
  } catch {
    return randomBytes(8).toString('hex')
  }
}

/** Answers that are asked for; the one with the least error counts (RFC 5905 §10: the least delay). */
const TRIES = 4
const ANSWER_MS = 2000
/** Date.now() has no finer steps. */
const STEP_MS = 1

/** The date by this server. Throws where it does not answer. */
export async function serverDate(host: string, port: number): Promise<DateOfMachine> {
  let best: DateOfMachine | undefined
  let why = 'it does not answer'
  for (let tried = 0; tried < TRIES; tried++) {
    const answer = await ask(host, port)
    if (typeof answer === 'string') why = answer
    else if (best === undefined || Number(answer.errorMs) < Number(best.errorMs)) best = answer
  }
  if (!best) throw new Error(`the time server ${host}:${port} tells no time: ${why}`)
  return best
}

function ask(host: string, port: number): Promise<DateOfMachine | string> {
  return new Promise(resolve => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const clock = realClock()
    const sentMs = Date.now()
    const question = questionAt(sentMs)
    const end = (answer: DateOfMachine | string) => {
      cancel()
      socket.close()
      resolve(answer)
    }
    const cancel = clock.at(ANSWER_MS, () => end('it does not answer'))
    socket.on('error', error => end(error.message))
    socket.on('message', answer => {
      const read = readAnswer(answer, question, { sentMs, cameMs: Date.now() })
      end(
        typeof read === 'string'
          ? read
          : {
              atMs: Date.now() + read.offsetMs,
              monotonicMs: monotonicMs(),
              errorMs: read.errorMs,
              source: `ntp ${host}:${port}`,
            },
      )
    })
    socket.send(question, port, host)
  })
}

const LENGTH = 48
/** No warning, version 4, client: RFC 5905 figure 8. */
const FROM_CLIENT = 0x23
const SERVER = 4

function questionAt(sentMs: number): Buffer {
  const bytes = Buffer.alloc(LENGTH)
  bytes[0] = FROM_CLIENT
  writeDate(bytes, 40, sentMs)
  return bytes
}

/** How far this machine's date is behind the server's, or what is wrong with the answer. Pure. RFC 5905 §8. */
export function readAnswer(
  answer: Buffer,
  question: Buffer,
  { sentMs, cameMs }: { readonly sentMs: number; readonly cameMs: number },
): { readonly offsetMs: number; readonly errorMs: number } | string {
  if (answer.length < LENGTH || ((answer[0] ?? 0) & 7) !== SERVER) return 'its answer is no NTP'
  if (answer[1] === 0) return `it refuses (${answer.toString('latin1', 12, 16).replace(/[^A-Z]/g, '')})`
  if ((answer[0] ?? 0) >> 6 === 3 || (answer[1] ?? 16) > 15) return 'it does not know the time itself'
  if (!answer.subarray(24, 32).equals(question.subarray(40, 48))) return 'its answer is to another question'
  const [receivedMs, answeredMs] = [readDate(answer, 32), readDate(answer, 40)]
  const offsetMs = (receivedMs - sentMs + (answeredMs - cameMs)) / 2
  const delayMs = Math.max(0, cameMs - sentMs - (answeredMs - receivedMs))
  return { offsetMs, errorMs: delayMs / 2 + STEP_MS }
}

/** Seconds from 1900 to 1970: RFC 5905 figure 4. */
const TO_1970_S = 2_208_988_800

export function writeDate(bytes: Buffer, at: number, ms: number): void {
  bytes.writeUInt32BE((Math.floor(ms / 1000) + TO_1970_S) % 2 ** 32, at)
  bytes.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), at + 4)
}

const readDate = (bytes: Buffer, at: number): number =>
  (bytes.readUInt32BE(at) - TO_1970_S) * 1000 + (bytes.readUInt32BE(at + 4) / 2 ** 32) * 1000
