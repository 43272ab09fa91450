import { describe, expect, it } from 'vitest'
import type { TcpSegment } from '../../../../src/link/kinds/firewall/tcp-segment.ts'
import { Tracker } from '../../../../src/link/kinds/firewall/tracker.ts'
import { handshake, PINGREQ, PINGRESP, segment, through } from './segments.ts'

/** What is recorded of these segments, in words. */
function seen(segments: readonly TcpSegment[]): readonly string[] {
  const events: string[] = []
  const record: ConstructorParameters<typeof Tracker>[0] = event => {
    if (event.who !== 'link') return
    const which = event.what === 'packet' ? `${event.packet.cmd} ${event.flow}` : event.what
    const from = 'from' in event ? ` from ${event.from}` : ''
    events.push(`${event.conn} ${which} at ${event.edge}${from}`)
  }
  const tracker = new Tracker(record, 0, { sent() {}, passed() {} })
  for (const each of segments) tracker.see(each)
  return events
}

const OPENED = ['1 open at client from client', '1 open at broker from client']

describe('the tracker', () => {
  it('dates an event as the kernel dated its packet', () => {
    const dates: (number | undefined)[] = []
    const tracker = new Tracker(event => dates.push(event.atMs), 1000, { sent() {}, passed() {} })
    for (const each of handshake()) tracker.see({ ...each, seenMs: 250 })
    expect(dates).toEqual([1250, 1250])
  })

  it('sees a packet enter at one edge and leave at the other', () => {
    expect(seen([...handshake(), ...through('client', { seq: 101, payload: PINGREQ })])).toEqual([
      ...OPENED,
      '1 pingreq up at client',
      '1 pingreq up at broker',
    ])
  })

  it('sees a packet that the firewall drops enter and never leave, however often it is sent', () => {
    const dropped = segment({ seq: 101, payload: PINGREQ })
    expect(seen([...handshake(), dropped, dropped, dropped])).toEqual([...OPENED, '1 pingreq up at client'])
  })

  it('delivers what was sent again in order, once', () => {
    const [first, second] = [segment({ seq: 101, payload: PINGREQ }), segment({ seq: 103, payload: PINGREQ })]
    const out = { edge: 'broker', way: 'out' } as const
    expect(seen([...handshake(), first, second, { ...second, ...out }, first, { ...first, ...out }])).toEqual([
      ...OPENED,
      '1 pingreq up at client',
      '1 pingreq up at client',
      '1 pingreq up at broker',
      '1 pingreq up at broker',
    ])
  })

  it('tells an RST of a kernel that nobody answered from one of a program', () => {
    const given: unknown[] = []
    const isStuck = new Set<string>()
    const tracker = new Tracker(event => void (event.what === 'rst' && given.push(event.unacknowledged)), 0, {
      // As the watch on sockets does: the RST itself ends the question.
      sent: (_flow, { rst }) => void (rst && isStuck.clear()),
      passed() {},
      stuck: (_flow, side) => isStuck.has(side),
    })
    const open = (from: string) => {
      for (const each of handshake())
        tracker.see(each.edge === 'client' && each.way === 'in' ? { ...each, from } : each)
      return segment({ seq: 101, payload: Buffer.alloc(0), rst: true, from })
    }
    tracker.see(open('10.77.1.2:40000'))
    isStuck.add('client')
    tracker.see(open('10.77.1.2:40001'))
    expect(given).toEqual([undefined, true])
  })

  it('tells an RST of the firewall from one of the other side', () => {
    const own = segment({
      edge: 'client',
      way: 'out',
      from: '10.77.2.2:1883',
      to: '10.77.1.2:40000',
      seq: 501,
      rst: true,
    })
    expect(seen([...handshake(), own])).toEqual([...OPENED, '1 rst at client from fault'])
    expect(seen([...handshake(), ...through('broker', { seq: 501, rst: true })])).toEqual([
      ...OPENED,
      '1 rst at broker from broker',
      '1 rst at client from broker',
    ])
  })

  it('tells each end once, though it is sent again', () => {
    const fin = through('broker', { seq: 501, fin: true })
    expect(seen([...handshake(), ...fin, ...fin])).toEqual([
      ...OPENED,
      '1 fin at broker from broker',
      '1 fin at client from broker',
    ])
  })

  it('knows a connection behind address translation by the number of its SYN', () => {
    const outside = { edge: 'broker', way: 'out', from: '10.77.2.1:5555' } as const
    const syn = segment({ syn: true, hasAck: false, seq: 100 })
    const ping = segment({ seq: 101, payload: PINGREQ })
    expect(seen([syn, { ...syn, ...outside }, ping, { ...ping, ...outside }])).toEqual([
      ...OPENED,
      '1 pingreq up at client',
      '1 pingreq up at broker',
    ])
  })

  it('does not take a stranger from another port for the connection, nor the answer to it for the broker', () => {
    const stranger = '10.77.2.1:7777'
    const ping = segment({ seq: 101, payload: PINGREQ })
    const answer = segment({ edge: 'broker', way: 'in', from: '10.77.2.2:1883', to: stranger, seq: 501, rst: true })
    const told = { ...answer, edge: 'client', way: 'out', to: '10.77.1.2:40000' } as const
    const out = { ...ping, edge: 'broker', way: 'out', from: stranger } as const
    expect(seen([...handshake(), ping, out, answer, told])).toEqual([
      ...OPENED,
      '1 pingreq up at client',
      '1 rst at client from fault',
    ])
  })

  it('takes a SYN with another number for a new connection', () => {
    const again = through('client', { syn: true, hasAck: false, seq: 9000 })
    expect(seen([...handshake(), ...again, ...again])).toEqual([
      ...OPENED,
      '2 open at client from client',
      '2 open at broker from client',
    ])
  })

  it('follows sequence numbers past 2^32', () => {
    const start = 2 ** 32 - 2
    const syn = through('client', { syn: true, hasAck: false, seq: start })
    const pings = [start + 1, 1].flatMap(seq => through('client', { seq: seq % 2 ** 32, payload: PINGREQ }))
    const answer = [
      ...through('broker', { syn: true, seq: 500 }),
      ...through('broker', { seq: 501, payload: PINGRESP }),
    ]
    expect(seen([...syn, ...pings, ...answer]).filter(text => text.includes('ping'))).toHaveLength(6)
  })
})
