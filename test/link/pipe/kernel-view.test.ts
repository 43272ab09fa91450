import { describe, expect, it } from 'vitest'
import { peerViewer, rowOf, viewOf } from '../../../src/link/pipe/kernel-view.ts'

/** Lines of Linux 6.1: a listener, a link's end (port 46315) with 65,483 bytes in it, its peer (40000) with 2 MB before it, in IPv6 another. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:B4EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0000000000000000 100 0 0 10 0
   1: 0100007F:B4EB 0100007F:9C40 01 00000000:0000FFCB 00:00000000 00000000     0        0 102 1 0000000000000000 20 0 0 10 -1
   2: 0100007F:9C40 0100007F:B4EB 04 00200000:00000000 01:00000019 00000000     0        0 0 2 0000000000000000 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt
   0: 0000000000000000FFFF00000100007F:9C41 0000000000000000FFFF00000100007F:B4EB 05 00000000:00000000 00:00000000 00000000
`
const row = (state: string, sendBytes = 0, receiveBytes = 0) => ({ state, sendBytes, receiveBytes })

describe("a line of the kernel's table", () => {
  it('is found by both ports, in IPv4 and IPv6', () => {
    expect(rowOf(TABLE, 46315, 40000)).toEqual(row('01', 0, 65_483))
    expect(rowOf(TABLE, 40000, 46315)).toEqual(row('04', 2_097_152))
    expect(rowOf(TABLE, 40001, 46315)).toEqual(row('05'))
    expect(rowOf(TABLE, 40002, 46315)).toBeUndefined()
  })
})

describe('a peer whose bytes are not read', () => {
  it.each([
    ['is there', row('01'), row('01'), { unreadBytes: 0 }],
    ['has filled our buffer and half of its own', row('01', 0, 100), row('01', 50), { unreadBytes: 150 }],
    ['has closed behind what it had sent', row('01', 0, 100), row('04', 51), { ended: 'fin' }],
    ['has closed, and its FIN is here', row('08', 0, 3), row('05'), { ended: 'fin' }],
    ['was reset, and our end with it', undefined, undefined, { ended: 'rst' }],
    ['is on another machine', row('01'), undefined, undefined],
  ] as const)('%s', (_what, near, far, view) => expect(viewOf(near, far)).toEqual(view))
})

describe('a look at a peer', () => {
  const near = '0: 0100007F:B4EB 0100007F:9C40 01 00000000:0000FFCB 00:00000000\n'
  const far = '1: 0100007F:9C40 0100007F:B4EB 01 00000000:00000000 00:00000000\n'
  const looking = (...tables: readonly string[]) => {
    let next = 0
    const view = peerViewer({ localPort: 46315, remotePort: 40000 }, async () => tables[next++] ?? '')
    return { view, asked: () => next }
  }

  it('tells one of this machine, which ends while the table is read, from one that was never here', async () => {
    const ends = looking(near + far, near, '')
    expect(await ends.view()).toEqual({ unreadBytes: 65_483 })
    expect(await ends.view()).toEqual({ ended: 'rst' })
    const gone = looking(near + far, near, near, near, near)
    await gone.view()
    expect(await gone.view()).toEqual({ ended: 'rst' })
    const elsewhere = looking(near, near, near, near)
    expect(await elsewhere.view()).toBeUndefined()
    // Once without the table of IPv6.
    expect(elsewhere.asked()).toBe(5)
  })

  it('reads the table of IPv6 only where the peer is not in the other', async () => {
    const asked: boolean[] = []
    const view = peerViewer({ localPort: 46315, remotePort: 40000 }, async isBoth => {
      asked.push(isBoth)
      return isBoth || asked.length < 3 ? near + far : ''
    })
    await view()
    await view()
    expect(asked).toEqual([false, false])
    expect(await view()).toHaveProperty('unreadBytes')
    await view()
    expect(asked.slice(2)).toEqual([false, true, true])
  })

  it('is not misled by lines that a reading passed over', async () => {
    for (const tables of [
      [near, near, near + far],
      ['', far],
      ['', near, far],
    ])
      expect(await looking(...tables).view()).toHaveProperty('unreadBytes')
  })
})
