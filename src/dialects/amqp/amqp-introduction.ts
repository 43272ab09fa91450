/**
 * What a client of AMQP 0-9-1 says until it is accepted: protocol header, connection.start-ok, tune-ok and open (§2.2.4). It asks for the
 * least of everything, and for its heartbeats.
 */
import type { PacketSummary } from '../../model/event.ts'
import type { Introduced, Introduction } from '../wire-dialect.ts'

/** `AMQP`, 0, and the version: §2.2.4, §4.2.2. */
export const GREETING = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])

/** Of the class connection: amqp0-9-1.xml. */
const [CONNECTION, START_OK, TUNE_OK, OPEN] = [10, 11, 31, 40]
/** RabbitMQ takes no `unlimited` for an answer; 4096 is the least frame-max that a peer has to bear (§4.2.3). */
const [CHANNELS, FRAME_BYTES] = [1, 4096]
/** The user that RabbitMQ has from the beginning, on the loopback only. */
const PLAIN = '\0guest\0guest'

export const introduction = ({ clientId, keepaliveS }: Introduced): Introduction => ({
  first: GREETING,
  answer({ cmd }: PacketSummary) {
    if (cmd === 'amqp:connection.start') return startOk(clientId)
    if (cmd === 'amqp:connection.tune') return Buffer.concat([tuneOk(keepaliveS), open()])
    return undefined
  },
})

function startOk(connectionName: string): Buffer {
  const entry = Buffer.concat([short('connection_name'), Buffer.from('S'), long(connectionName)])
  return method(START_OK, long(entry), short('PLAIN'), long(PLAIN), short('en_US'))
}

function tuneOk(heartbeatS: number): Buffer {
  const args = Buffer.alloc(8)
  args.writeUInt16BE(CHANNELS, 0)
  args.writeUInt32BE(FRAME_BYTES, 2)
  args.writeUInt16BE(heartbeatS, 6)
  return method(TUNE_OK, args)
}

/** Of the default virtual host; two fields that mean nothing any more follow. */
const open = (): Buffer => method(OPEN, short('/'), short(''), Buffer.from([0]))

/** A method frame on channel 0: §4.2.3. */
function method(id: number, ...args: readonly Buffer[]): Buffer {
  const payload = Buffer.concat([Buffer.from([0, CONNECTION, 0, id]), ...args])
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}

/** A string with a length of one byte, and one of four: §4.2.5.3. */
const short = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
function long(value: string | Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return Buffer.concat([length, Buffer.from(value)])
}
