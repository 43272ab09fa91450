import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EventLog } from '../../src/evidence/event-log.ts'
import { readEvidence } from '../../src/evidence/read-evidence.ts'
import { Spool } from '../../src/evidence/spool.ts'
import { writeEvidence } from '../../src/evidence/write.ts'
import type { Event } from '../../src/model/event.ts'
import { anyEvent } from './any-event.ts'
import { header } from './builder.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halfopen-spool-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function all(slices: AsyncIterable<readonly Event[]>): Promise<Event[]> {
  const events: Event[] = []
  for await (const slice of slices) events.push(...slice)
  return events
}

/** As processes that are up to `lagMs` behind each other tell of them. */
const told = (count: number, lagMs: number): readonly Event[] =>
  Array.from({ length: count }, (_, i) => ({
    atMs: Math.max(0, i - ((i * 7919) % (lagMs + 1))),
    who: 'witness',
    what: 'received',
    seq: i,
  }))

test.each([
  [0, 0],
  [1, 0],
  [16_384, 0],
  [70_000, 0],
  [70_000, 300],
  [70_000, 60_000],
])('%i events that come up to %i ms late are in order of time', async (count, lagMs) => {
  const events = told(count, lagMs)
  const spool = new Spool(folder)
  for (const event of events) spool.add(event)
  expect(await all(spool.slices())).toEqual(events.toSorted((a, b) => a.atMs - b.atMs))
  // It may be read again, and go on.
  spool.add({ atMs: -1, who: 'client', what: 'closed', note: 'late' })
  expect((await all(spool.slices()))[0]).toEqual({ atMs: -1, who: 'client', what: 'closed', note: 'late' })
  spool.dispose()
})

test('any events come back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 200 }), async events => {
      const spool = new Spool(folder)
      for (const event of events) spool.add(event)
      expect(await all(spool.slices())).toEqual(events.toSorted((a, b) => a.atMs - b.atMs))
      spool.dispose()
    }),
    { numRuns: 30 },
  )
})

test.skipIf(process.platform === 'win32')('its file has no name, so that nothing is ever left of it', async () => {
  const spool = new Spool(folder)
  expect(await readdir(folder)).toEqual([])
  spool.dispose()
})

test('what is on the disk is saved as what is in memory, and read again', async () => {
  const events = told(5000, 20)
  const ended: Event = { atMs: 6000, who: 'harness', what: 'ended' }
  const files = [join(folder, 'disk.ndjson'), join(folder, 'memory.ndjson')]
  for (const [i, mostInMemory] of [100, 1e6].entries()) {
    const log = new EventLog({ folders: [folder], mostInMemory })
    for (const event of events) log.add(event)
    expect(log.inMemory).toBe(i === 0 ? 0 : 5000)
    const evidence = { header: header(), ...(await log.evidence(header(), event => event, [ended])) }
    expect(evidence.whole !== undefined).toBe(i === 0)
    await writeEvidence(files[i] ?? '', evidence)
    evidence.whole?.dispose()
  }
  const whole = await readEvidence(files[1] ?? '')
  expect(await readEvidence(files[0] ?? '')).toEqual(whole)
  const streamed = await readEvidence(files[0] ?? '', { folder, mostInMemory: 100 })
  expect(await all(streamed.whole?.slices() ?? (async function* () {})())).toEqual(whole.events)
  await rm(files[0] ?? '')
  await rm(files[1] ?? '')
})

test('a folder that can’t be written to is a trouble, with how much is lost', async () => {
  const log = new EventLog({ folders: [join(folder, 'file', '\0')], mostInMemory: 2 })
  for (const event of told(5, 0)) log.add(event)
  const { events } = await log.evidence(header(), event => event, [{ atMs: 9, who: 'harness', what: 'ended' }])
  expect(events.map(({ what }) => what)).toEqual(['received', 'received', 'trouble', 'ended'])
  expect(events.at(-2)).toMatchObject({ note: expect.stringContaining('3 events are lost') })
})

test('where one folder can’t be written to, the next is taken', async () => {
  const log = new EventLog({ folders: [join(folder, '\0'), folder], mostInMemory: 2 })
  for (const event of told(5, 0)) log.add(event)
  const { events, whole } = await log.evidence(header(), event => event, [])
  expect(events.map(({ what }) => what)).toEqual(Array(5).fill('received'))
  whole?.dispose()
})
