import { expect, test } from 'vitest'
import { onAbort } from '../../src/clock/clock.ts'
import { virtualClock } from '../../src/clock/virtual.ts'
import { type Job, planOf } from '../../src/figures/ratio-plan.ts'
import { cutAtK, type PlayedPair, silentStartsMs } from '../../src/figures/ratio-play.ts'
import { playAll } from '../../src/figures/ratio-schedule.ts'
import { broker, client, GRID } from './world.ts'

const { jobs } = planOf(
  { clients: [client('python', { isProgram: true }), client('mqttjs')], brokers: [broker('aedes')] },
  { ...GRID, brokerSamples: 8 },
)

interface Played {
  readonly starts: { readonly job: Job; readonly atMs: number; readonly attempt: number }[]
  readonly finals: number
  readonly mostPrograms: number
}

interface Terms {
  readonly most?: number
  readonly spoil?: (job: Job, attempt: number) => boolean
  readonly stopAtMs?: number
}

const GOOD = { client: 'never', broker: 'never', gaps: [] } as unknown as PlayedPair['sample']

/** Every run takes two and a half keep-alives. */
async function play({ most = 40, spoil, stopAtMs = Infinity }: Terms = {}): Promise<Played> {
  const clock = virtualClock()
  const controller = new AbortController()
  const starts: Played['starts'] = []
  let [finals, programs, mostPrograms] = [0, 0, 0]
  if (stopAtMs < Infinity) clock.at(stopAtMs, () => controller.abort())
  const over = playAll(jobs, {
    clock,
    most,
    signal: controller.signal,
    async play(job, attempt, begun) {
      starts.push({ job, atMs: clock.nowMs(), attempt })
      if (job.client.isProgram) mostPrograms = Math.max(mostPrograms, ++programs)
      begun(clock.nowMs())
      await new Promise<void>(resolve => {
        clock.at(clock.nowMs() + 2500 * job.keepaliveS, resolve)
        onAbort(controller.signal, resolve)
      })
      if (job.client.isProgram) programs--
      return [{ job, sample: spoil?.(job, attempt) ? { spoilt: 'stalled', reason: 'x' } : GOOD } as PlayedPair]
    },
    ended: (_, isFinal) => {
      if (isFinal) finals++
    },
  })
  let isOver = false
  const done = over.then(() => {
    isOver = true
  })
  while (!isOver && clock.nowMs() < 3_600_000) await clock.advanceTo(clock.nowMs() + 1000)
  await done
  return { starts, finals, mostPrograms }
}

test('every run is played, and no more programs at once than allowed', async () => {
  const { starts, finals, mostPrograms } = await play({ most: 5 })
  expect([starts.length, finals]).toEqual([jobs.length, jobs.length])
  // What lives in a host of ours counts a quarter, so it is not always five.
  expect(mostPrograms).toBeGreaterThanOrEqual(4)
  expect(mostPrograms).toBeLessThanOrEqual(5)
})

test('runs of one kind are spread over the seconds, and of each round the longest comes first', async () => {
  const { starts } = await play()
  const others = starts.filter(({ job }) => job.kind !== 'silent')
  const firstRound = others.slice(0, others.length / 6).map(({ job }) => job.keepaliveS)
  expect(firstRound).toEqual(firstRound.toSorted((a, b) => b - a))
  const kinds = new Set(others.map(({ job }) => [job.client.name, job.traffic, job.keepaliveS].join()))
  for (const kind of kinds) {
    const own = others.filter(({ job }) => [job.client.name, job.traffic, job.keepaliveS].join() === kind)
    const times = own.map(({ atMs }) => atMs)
    expect(times.length).toBeGreaterThanOrEqual(5)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(5000)
    const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(1000)
  }
})

test('one start follows the other', async () => {
  const { starts } = await play()
  const programs = starts.filter(({ job }) => job.client.isProgram).map(({ atMs }) => atMs)
  const gaps = programs.slice(1).map((atMs, i) => atMs - (programs[i] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThan(0)
})

test('a run that was spoilt is played again, at most twice, and not once it is good', async () => {
  const isBad = ({ kind, keepaliveS }: Job) => kind === 'healthy' && keepaliveS === 2
  const always = await play({ spoil: isBad })
  const twice = (name: string) => [`${name} idle`, `${name} idle`, `${name} publishing`]
  const names = [...twice('mqttjs'), ...twice('python')]
  const again = (played: Played, attempt: number) =>
    played.starts
      .filter(start => start.attempt === attempt)
      .map(({ job }) => `${job.client.name} ${job.traffic}`)
      .sort()
  expect([again(always, 1), again(always, 2), again(always, 3)]).toEqual([names, names, []])
  expect([always.starts.length, always.finals]).toEqual([jobs.length + 12, jobs.length])
  const once = await play({ spoil: (job, attempt) => isBad(job) && attempt === 0 })
  expect([again(once, 1), again(once, 2)]).toEqual([names, []])
})

test('of several attempts the best counts, and a part that is unreliable makes a run one to play again', async () => {
  const stalled = { stalled: 'the client stood still' }
  const [cut] = jobs.filter(({ kind }) => kind === 'cut')
  const [healthy] = jobs.filter(({ kind, traffic }) => kind === 'healthy' && traffic === 'idle')
  const [silent] = jobs.filter(({ kind }) => kind === 'silent')
  if (!cut || !healthy || !silent) throw new Error('no jobs')
  const partsOf = async (job: Job, samples: readonly (readonly object[])[]) => {
    const finals: (readonly PlayedPair[])[] = []
    const clock = virtualClock()
    const context = {
      clock,
      most: 1,
      play: async (_: Job, attempt: number) =>
        (samples[attempt] ?? []).map(sample => ({ job, sample: { ...GOOD, ...sample } }) as unknown as PlayedPair),
      ended: (outcomes: readonly PlayedPair[], isFinal: boolean) => {
        if (isFinal) finals.push(outcomes)
      },
    }
    const over = playAll([job], context)
    await clock.advanceTo(60_000)
    await over
    return finals.flat().map(({ sample }) => sample)
  }
  const best = await partsOf(cut, [
    [{ client: stalled, broker: stalled, told: 'first' }],
    [{ spoilt: 'stalled' }],
    [{ client: stalled }],
  ])
  expect(best).toEqual([expect.objectContaining({ told: 'first' })])
  expect(await partsOf(healthy, [[{ gaps: [stalled] }], [{ told: 'second' }]])).toEqual([
    expect.objectContaining({ told: 'second' }),
  ])
  // Of several clients half may be: enough are left.
  const half = [{ broker: stalled }, {}]
  expect(await partsOf(silent, [half, [{}, {}]])).toHaveLength(2)
  expect((await partsOf(silent, [half]))[0]).toMatchObject({ broker: stalled })
  expect((await partsOf(silent, [[{ broker: stalled }, { broker: stalled }], half]))[1]).toMatchObject({
    broker: 'never',
  })
})

test('a stop starts nothing more, and what was under way counts for nothing', async () => {
  const { starts, finals } = await play({ most: 2, stopAtMs: 5000 })
  expect(starts.length).toBeLessThan(jobs.length / 2)
  expect(starts.every(({ atMs }) => atMs <= 5000)).toBe(true)
  expect(finals).toBeLessThanOrEqual(starts.length)
})

test('cuts keep clear of pings, and of messages while there are some', () => {
  const cuts = jobs.filter(({ kind }) => kind === 'cut')
  for (const job of cuts) {
    const beat = job.traffic === 'idle' ? 1 : 0.25
    const off = (cutAtK(job) / beat) % 1
    expect(Math.min(off, 1 - off) * beat).toBeGreaterThanOrEqual(0.12)
  }
  expect(new Set(cuts.map(cutAtK)).size).toBe(4)
})

test('silent clients come at each keep-alive, and once more at the same lifted by a multiple of 12 s', () => {
  const of = (keepalivesS: readonly number[]) =>
    planOf({ clients: [], brokers: [broker('aedes')] }, { ...GRID, keepalivesS, brokerSamples: 8 }).jobs.map(
      ({ keepaliveS }) => keepaliveS,
    )
  expect(of([1, 2, 3])).toEqual([1, 2, 3, 13, 14, 15])
  expect(of([10, 13])).toEqual([10, 13, 34, 37])
  expect(of([60, 120])).toEqual([60, 120, 180, 240])
  // A profile that was made of such runs is checked at the same.
  expect(of([2, 4, 14, 16])).toEqual([2, 4, 14, 16])
  expect(of([2, 4, 7, 9])).toEqual([2, 4, 7, 9, 14, 16, 19, 21])
  // MQTT can say no more.
  expect(of([30_000, 65_520])).toEqual([30_000, 65_520, 30_012, 65_532])
})

test('silent clients begin evenly, however many, and on no grid', () => {
  for (const count of [8, 24, 64, 100]) {
    const starts = silentStartsMs({ count, phase: 0.3 })
    const gaps = starts.slice(1).map((atMs, i) => atMs - (starts[i] ?? 0))
    expect(Math.max(...gaps)).toBeLessThan((2 * 12_000) / count)
    expect(Math.max(...starts)).toBeLessThan(12_000)
  }
})

test('keep-alives that a library does not take, and pairs without a common language, are left out by name', () => {
  const clients = [client('libmosquitto', { leastKeepaliveS: 5, publishes: false }), client('v5', { protocols: [5] })]
  const plan = planOf({ clients, brokers: [broker('aedes', [4]), broker('mosquitto')] }, GRID)
  expect(plan.leftOut.map(({ what, reason }) => `${what}: ${reason}`)).toEqual([
    'libmosquitto at K = 2 s: it takes no keep-alive below 5 s',
    'libmosquitto at K = 4 s: it takes no keep-alive below 5 s',
    "libmosquitto publishing: it can't be asked to publish",
    'v5 with aedes: v5 speaks MQTT 5.0 only, aedes MQTT 3.1.1',
  ])
  expect(new Set(plan.jobs.filter(({ client: { name } }) => name === 'v5').map(({ protocol }) => protocol))).toEqual(
    new Set([5]),
  )
  const few = planOf(
    { clients: [client('slow', { leastKeepaliveS: 7 })], brokers: [broker('aedes')] },
    { ...GRID, brokerSamples: 0 },
  )
  expect(few).toMatchObject({ jobs: [], leftOut: [{ what: 'slow', remedy: '--keepalive 7s,9s' }] })
})
