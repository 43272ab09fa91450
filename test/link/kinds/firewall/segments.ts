import type { TcpSegment } from '../../../../src/link/kinds/firewall/tcp-segment.ts'

export const CLIENT = '10.77.1.2:40000'
export const BROKER = '10.77.2.2:1883'

/** A segment as the firewall sees it; what is not said is that of an empty acknowledgement from the client. */
export const segment = (given: Partial<TcpSegment>): TcpSegment => ({
  seenMs: 0,
  lateMs: 0,
  edge: 'client',
  way: 'in',
  from: CLIENT,
  to: BROKER,
  seq: 1,
  ack: 1,
  syn: false,
  fin: false,
  rst: false,
  hasAck: true,
  payload: Buffer.alloc(0),
  ...given,
})

const fromBroker = { from: BROKER, to: CLIENT }

/** It comes in from one side and goes out to the other. */
export const through = (sender: 'client' | 'broker', given: Partial<TcpSegment>): readonly TcpSegment[] =>
  sender === 'client'
    ? [segment({ ...given, edge: 'client', way: 'in' }), segment({ ...given, edge: 'broker', way: 'out' })]
    : [
        segment({ ...fromBroker, ...given, edge: 'broker', way: 'in' }),
        segment({ ...fromBroker, ...given, edge: 'client', way: 'out' }),
      ]

/** A connection that is open: the client's next byte is 101, the broker's 501. */
export const handshake = (): readonly TcpSegment[] => [
  ...through('client', { syn: true, hasAck: false, seq: 100 }),
  ...through('broker', { syn: true, seq: 500, ack: 101 }),
  ...through('client', { seq: 101, ack: 501 }),
]

export const PINGREQ = Buffer.from([0xc0, 0])
export const PINGRESP = Buffer.from([0xd0, 0])
