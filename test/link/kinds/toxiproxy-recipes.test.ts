import { describe, expect, it } from 'vitest'
import { BLACKHOLE, realToxics } from '../../../src/link/kinds/toxiproxy/toxic-recipes.ts'

describe("our toxics in terms of Toxiproxy's", () => {
  it('a blackhole keeps the bytes first and the FIN behind them, for longer than any run', () => {
    expect(realToxics('blackhole', { recovery: 'retransmit', holds: 'everything' })).toBe(BLACKHOLE)
    expect(BLACKHOLE.map(({ type }) => type)).toEqual(['latency', 'slow_close'])
    expect(BLACKHOLE.map(({ attributes }) => attributes.latency ?? attributes.delay)).toEqual([3_600_000, 3_600_000])
  })

  it('where only openings are held, Toxiproxy has nothing to do', () => {
    expect(realToxics('blackhole', { recovery: 'retransmit', holds: 'opening' })).toEqual([])
  })

  it("units are Toxiproxy's: kilobytes a second, microseconds between slices, whole milliseconds", () => {
    expect(realToxics('bandwidth', { bytesPerS: 2000 })).toEqual([{ type: 'bandwidth', attributes: { rate: 2 } }])
    expect(realToxics('slice', { averageBytes: 8, variationBytes: 4, delayMs: 1.5 })).toEqual([
      { type: 'slicer', attributes: { average_size: 8, size_variation: 4, delay: 1500 } },
    ])
    expect(realToxics('delay', { latencyMs: 50.4, jitterMs: 20 })[0]?.attributes).toEqual({ latency: 50, jitter: 20 })
  })

  it('what Toxiproxy has nothing for is refused', () => {
    expect(() => realToxics('swallow', { packets: ['pingresp'] })).toThrow('Toxiproxy has nothing for swallow')
  })
})
