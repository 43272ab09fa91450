import { describe, expect, it } from 'vitest'
import { parseAedesLog } from '../../src/labs/containers.ts'

describe('the log of Aedes in a container', () => {
  it('tells of a client what docker/aedes/server.js wrote', () => {
    expect(parseAedesLog('{"what":"keepalive-timeout","clientId":"ho-a-1"}')).toMatchObject({
      clientId: 'ho-a-1',
      news: { what: 'keepalive-timeout' },
    })
    expect(parseAedesLog('{"what":"error","clientId":"ho-a-1","note":"bad packet"}')?.news).toEqual({
      what: 'error',
      note: 'bad packet',
    })
  })

  it('takes no other line for news, and never throws', () => {
    for (const line of ['', '{', '{"what":"error","clie', '{"what":"shutdown"}', 'ExperimentalWarning: {}', '[1]'])
      expect(parseAedesLog(line)).toBeUndefined()
  })
})
