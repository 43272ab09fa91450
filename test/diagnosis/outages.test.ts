/** Failures that many clients have in common, and what a log does not hold. */
import { describe, expect, test } from 'vitest'
import { reproductionOf } from '../../src/diagnosis/reproduction.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { theCatalog } from '../../src/terminal/project.ts'
import { diagnosed, firstOf } from './diagnosed.ts'
import { type Known, numbersOf, pings, type Random, Story } from './known.ts'
import { iso, mosquitto, STAMPS, START_MS } from './written.ts'

const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1)
const default20 = (known: Known) => mosquitto('2.0', false, STAMPS.iso as never)(known)
const packets20 = (known: Known) => mosquitto('2.0', true, STAMPS.epoch as never)(known)

/** A switch is off for some minutes: each client is timed out 1.5K after its own last packet, and all are back when it is on. */
function switchedOff(random: Random, keepalives: readonly number[], outages = random.whole(1, 3)): Known {
  const stories = Array.from(
    { length: random.whole(5, 9) },
    (_, n) => new Story(random, random.one(...keepalives), `on-the-switch-${n}`),
  )
  let s = 0
  for (let i = 0; i < outages; i++) {
    const off = s + random.between(3000, 9000)
    for (const story of stories) {
      const from = s + random.between(0, 8)
      story.connect(from)
      const last = pings(story, from + random.between(0, story.k), off, story.k)
      story.end(last + 1.5 * story.k + random.between(0.2, 1), 'timeout')
    }
    s = off + random.between(250, 600)
  }
  for (const story of stories) {
    story.connect(s)
    pings(story, s, s + 1000, story.k)
  }
  return { truth: ['all-at-once'], happened: stories.flatMap(({ happened }) => happened) }
}

/** The same number of clients, each of which vanishes when it likes. */
function eachByItself(random: Random): Known {
  const stories = Array.from({ length: 8 }, (_, n) => new Story(random, 30, `by-itself-${n}`))
  for (const story of stories) {
    let s = random.between(0, 600)
    for (let i = 0; i < 5; i++) {
      story.connect(s)
      const last = pings(story, s, s + random.between(400, 4000), story.k)
      story.end(last + 46, 'timeout')
      s = last + 46 + random.between(20, 400)
    }
  }
  return { truth: ['client-vanished'], happened: stories.flatMap(({ happened }) => happened) }
}

describe('a failure that many clients have in common', () => {
  test.each(SEEDS)('is named, and no client is blamed for it (seed %i)', seed => {
    for (const keepalives of [[60], [30, 60, 120]])
      for (const write of [packets20, default20]) {
        const known = switchedOff(numbersOf(seed * 131), keepalives)
        const { diagnosis } = diagnosed(write(known))
        expect(diagnosis.overall.map(({ cause }) => cause)).toEqual(['all-at-once'])
        expect(diagnosis.overall[0]?.title).toContain('network')
        for (const { ranking } of diagnosis.subjects) expect(ranking[0]?.cause).toBe('all-at-once')
        const text = reproductionOf(diagnosis)?.text ?? ''
        expect(text).toContain('blackhole')
        expect(loadScenarioText(text, 'written.yaml', theCatalog().vocabulary).problems).toEqual([])
      }
  })

  test.each(SEEDS)('is none where each vanishes by itself (seed %i)', seed => {
    const { diagnosis } = diagnosed(packets20(eachByItself(numbersOf(seed * 977))))
    expect(diagnosis.overall).toEqual([])
    for (const { ranking } of diagnosis.subjects) expect(ranking[0]?.cause).toBe('client-vanished')
  })
})

/** A box with T = 120 s before a client with K = 240 s, which publishes by chance. */
function boxed(random: Random, k = 240): Known {
  const story = new Story(random, k, 'boiler')
  let s = 0
  for (let i = 0; i < 6; i++) {
    story.connect(s)
    let last = s
    for (let n = 0; n < random.whole(2, 5); n++) {
      last += random.between(24, 96)
      story.up(last, 'PUBLISH')
    }
    story.end(last + 360.5, 'timeout')
    s = last + 484
  }
  return { truth: ['idle-timeout'], tS: 120, happened: story.happened }
}

describe('lines that are missing', () => {
  const text = packets20(boxed(numbersOf(7)))
  const lines = text.trimEnd().split('\n')
  const later = (line: string, byS: number) => line.replace(/^\d+/, digits => String(Number(digits) + byS))

  test('two pieces of a log, days apart, prove no silence of days', () => {
    const cut = lines.findIndex(
      (line, n) =>
        n > lines.length / 3 && line.includes('Received PUBLISH') && lines[n + 1]?.includes('Received PUBLISH'),
    )
    const glued = [...lines.slice(0, cut + 1), ...lines.slice(cut + 1).map(line => later(line, 3 * 86_400))]
    const found = diagnosed(glued.join('\n'))
    expect(firstOf(found)).toContain('idle-timeout')
    expect(found.text).not.toMatch(/silences of (?:2\d{5}|\d+ ?d)/)
    expect(found.diagnosis.notes.join(' ')).toContain('lines are missing')
  })

  test('a clock that is set by years once the machine has a network', () => {
    const found = diagnosed(lines.map((line, n) => (n < 9 ? later(line, -9000 * 86_400) : line)).join('\n'))
    expect(firstOf(found)).toContain('idle-timeout')
  })

  test('a whole log has no such note', () => {
    expect(diagnosed(text).diagnosis.notes).toEqual([])
  })
})

test('with K = 0 nobody looks: the client that is back is found to have been gone', () => {
  const random = numbersOf(3)
  const story = new Story(random, 0, 'unlooked')
  let s = 0
  for (let i = 0; i < 7; i++) {
    if (i > 0) story.end(s, 'taken-over')
    story.connect(s)
    let last = s
    for (let n = 0; n < 3; n++) {
      last += random.between(50, 280)
      story.up(last, 'PUBLISH')
    }
    s = last + random.between(330, 900)
  }
  const found = diagnosed(packets20({ truth: [], happened: story.happened }))
  expect(firstOf(found)).toEqual(expect.arrayContaining(['idle-timeout', 'client-vanished']))
  expect(firstOf(found)).not.toContain('same-client-id')
  expect(found.text).not.toMatch(/was told|a shorter keep-alive/)
})

describe("what a client's own log shows", () => {
  const dashed = (s: number) =>
    iso(START_MS + s * 1000)
      .slice(0, 19)
      .replace('T', ' ')

  test('pings that are not answered at no fixed time, after many that were: the network was gone', () => {
    const random = numbersOf(11)
    const lines: string[] = []
    let s = 0
    for (let i = 0; i < 7; i++) {
      const say = (at: number, text: string) => lines.push(`${dashed(at)},123 - DEBUG - ${text}`)
      say(s, "Sending CONNECT (u1, p1, wr0, wq0, wf0, c1, k60) client_id=b'py-7'")
      say(s, 'Received CONNACK (0, 0)')
      for (let n = random.whole(3, 30); n > 0; n--) {
        s += 60
        say(s, 'Sending PINGREQ')
        say(s, 'Received PINGRESP')
      }
      say(s + 60, 'Sending PINGREQ')
      s += 125
    }
    const found = diagnosed(lines.join('\n'))
    expect(firstOf(found)).toEqual(['network-lost'])
    expect(found.text).not.toContain('a keep-alive of')
  })

  test('a broker that is not there afterwards was stopped: no box, no age, no schedule', () => {
    const lines = Array.from({ length: 6 }, (_, day) => [
      `[${dashed(day * 86_400)}] error: \tz2m: MQTT disconnected`,
      `[${dashed(day * 86_400 + 5)}] error: \tz2m: MQTT error: connect ECONNREFUSED 192.0.2.2:1883`,
      `[${dashed(day * 86_400 + 31)}] info: \tz2m: Connected to MQTT server`,
    ]).flat()
    const found = diagnosed(lines.join('\n'))
    expect(found.diagnosis.subjects[0]?.ranking.map(({ cause }) => cause)).toEqual(['refused'])
    expect(found.text).toContain('nothing listened on its port')
  })
})
