/**
 * The name that a client gives its connection: `connection_name` in the client-properties of connection.start-ok, as RabbitMQ shows
 * it (https://www.rabbitmq.com/docs/connections#client-provided-names). Nothing else of the table is read.
 */

const NAME = 'connection_name'
/** A long string, with a length of four bytes. */
const TEXT = 0x53

/** How long the values of a field table are, by their type: AMQP 0-9-1 §4.2.5.5, with RabbitMQ's errata. */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries({ 0: 'V', 1: 'tbB', 2: 'sUu', 4: 'Iif', 5: 'D', 8: 'LldT' }).flatMap(([bytes, types]) =>
    [...types].map(type => [type, Number(bytes)]),
  ),
)
/** Those that begin with their own length, in four bytes. */
const LONG = 'SAFx'

/** `undefined`: there is none, or the table can't be read so far. */
export function connectionNameIn(args: Buffer): string | undefined {
  if (args.length < 4) return undefined
  const end = Math.min(args.length, 4 + args.readUInt32BE(0))
  for (let at = 4; at < end; ) {
    const value = at + 1 + args.readUInt8(at)
    if (value >= end) return undefined
    const type = args.readUInt8(value)
    const bytes = lengthAt(args, value, end)
    if (bytes === undefined || value + 1 + bytes > end) return undefined
    if (type === TEXT && args.toString('latin1', at + 1, value) === NAME)
      return args.toString('utf8', value + 5, value + 1 + bytes)
    at = value + 1 + bytes
  }
  return undefined
}

function lengthAt(args: Buffer, at: number, end: number): number | undefined {
  const type = String.fromCharCode(args.readUInt8(at))
  if (!LONG.includes(type)) return LENGTHS[type]
  return at + 5 > end ? undefined : 4 + args.readUInt32BE(at + 1)
}
