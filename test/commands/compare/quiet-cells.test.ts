import { describe, expect, test } from 'vitest'
import type { AxisTexts } from '../../../src/commands/compare/axes.ts'
import type { Cell, NumberedCell } from '../../../src/commands/compare/cell.ts'
import { QuietCells } from '../../../src/commands/compare/quiet-cells.ts'
import { resultsOf } from './grids.ts'

/** Counts the cells that were not played. */
class Counted extends QuietCells {
  found = 0

  override find(numbered: NumberedCell) {
    const played = super.find(numbered)
    if (played) this.found++
    return played
  }
}

const BOXES = 'idle-cut,idle-cut-rst-sender,idle-cut-rst-both,idle-cut-fin-both,idle-cut-inbound'

describe('a cell that is known from another', () => {
  const grids: readonly (readonly [string, AxisTexts, quick: boolean, minFound: number])[] = [
    ['of every box', { keepalive: '20s,60s', idle: '10s,25s,45s,61s,70s', fault: BOXES }, true, 12],
    ['of every latency', { keepalive: '20s', idle: '10s,25s,40s', latency: '0ms,20ms,1500ms' }, true, 3],
    ['watched for an hour', { keepalive: '20s,60s', idle: '10s,45s,61s,90s' }, false, 2],
  ]
  test.each(grids)('shows what it would show if it were played: %s', async (_of, grid, quick, minFound) => {
    const quiet = new Counted()
    expect(await resultsOf(grid, { quick }, quiet)).toEqual(await resultsOf(grid, { quick }))
    expect(quiet.found).toBeGreaterThanOrEqual(minFound)
  })

  test.each([
    ['messages', { traffic: 'publishing:qos0:3s' }],
    ['programs and models', { client: 'paho-python' }],
  ])('is none where chance could play a part: %s', async (_of, more) => {
    const quiet = new Counted()
    await resultsOf({ keepalive: '20s', idle: '25s,30s', ...more }, { quick: true, phases: 1 }, quiet)
    expect(quiet.found).toBe(0)
  })

  test('is none with a shorter time-out than was seen', async () => {
    const quiet = new Counted()
    const [long] = await resultsOf({ keepalive: '20s', idle: '30s' }, { quick: true }, quiet)
    const cell = { ...(long?.cell as Cell) }
    expect(quiet.find({ index: 1, cell: { ...cell, idleMs: 29_999 } })).toBeUndefined()
    expect(quiet.find({ index: 1, cell: { ...cell, idleMs: 30_001 } })?.result).toMatchObject({
      index: 1,
      cell: { idleMs: 30_001 },
    })
  })
})
