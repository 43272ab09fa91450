/**
 * Logs whose cause is known: what happened is made by a seeded generator, and written down in the words of each program that
 * halfopen reads, as much of it as that program logs. No knowledge of the diagnosis goes in.
 */
import type { EndHow } from '../../src/logs/log-event.ts'

/** One thing that happened, in seconds since the beginning. */
export interface Happened {
  readonly s: number
  readonly what: 'socket' | 'connect' | 'up' | 'down' | 'end' | 'refused'
  readonly id?: string
  readonly ip?: string
  readonly port?: number
  readonly k?: number
  readonly cmd?: string
  readonly mid?: number
  readonly how?: EndHow
}

export interface Known {
  /** The names of the cause that is true, any of which is right. */
  readonly truth: readonly string[]
  /** Of the idle time-out, in seconds, where that is the cause. */
  readonly tS?: number
  readonly happened: readonly Happened[]
}

/** mulberry32: the same numbers for the same seed. */
export function numbersOf(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const between = (from: number, to: number) => from + next() * (to - from)
  const whole = (from: number, to: number) => Math.floor(between(from, to + 1))
  const one = <T>(...of: readonly T[]): T => of[Math.floor(next() * of.length)] as T
  return { next, between, whole, one }
}
export type Random = ReturnType<typeof numbersOf>

const NAMES: readonly string[] = [
  'pump-9',
  'Pump 9 (north)',
  'meter:17',
  'DVES_51E0F0',
  'esp8266-a1b2',
  'gw/3',
  'käfer-1',
  'lamp-a',
]

export class Story {
  readonly happened: Happened[] = []
  readonly id: string
  readonly ip: string
  readonly k: number
  #port: number
  constructor(random: Random, k: number, id = random.one(...NAMES)) {
    this.id = id
    this.k = k
    this.ip = `10.${random.whole(0, 250)}.${random.whole(0, 250)}.${random.whole(2, 250)}`
    this.#port = random.whole(20_000, 60_000)
  }
  connect(s: number, ip = this.ip): void {
    const { id, k } = this
    const port = this.#port++
    this.happened.push(
      { s, what: 'socket', ip, port },
      { s, what: 'connect', id, ip, port, k },
      { s, what: 'down', id, cmd: 'CONNACK' },
    )
  }
  up(s: number, cmd: string, mid?: number): void {
    this.happened.push({ s, what: 'up', id: this.id, cmd, ...(mid === undefined ? {} : { mid }) })
    if (cmd === 'PINGREQ') this.happened.push({ s, what: 'down', id: this.id, cmd: 'PINGRESP' })
  }
  down(s: number, cmd: string, mid?: number): void {
    this.happened.push({ s, what: 'down', id: this.id, cmd, ...(mid === undefined ? {} : { mid }) })
  }
  end(s: number, how: EndHow): void {
    this.happened.push({ s, what: 'end', id: this.id, ip: this.ip, port: this.#port - 1, how })
  }
}

/** Mosquitto before 2.0.21 looks every 6 s, later ones at once. */
const scan = (random: Random) => random.one(0.3, random.between(0, 6))

/** A client that pings every K, or at another part of it, until `until`; the date of its last packet. */
export function pings(story: Story, from: number, until: number, everyS: number): number {
  let last = from
  for (let s = from + everyS; s < until; s += everyS) {
    story.up(s, 'PINGREQ')
    last = s
  }
  return last
}

function silentBox(random: Random): Known {
  const k = random.one(60, 120, 300, 600)
  const tS = Math.round(random.between(0.45, 0.95) * k)
  const story = new Story(random, k)
  const every = Math.max(2, Math.floor(tS * random.between(0.2, 0.8)))
  let s = 0
  for (let i = 0; i < random.whole(5, 9); i++) {
    story.connect(s)
    let last = s
    for (let n = 0; n < random.whole(1, Math.max(1, Math.floor(k / every))); n++) {
      last += every
      story.up(last, 'PUBLISH')
    }
    story.end(last + 1.5 * k + scan(random), 'timeout')
    s = last + 2 * k + random.between(4, 6)
  }
  return { truth: ['idle-timeout'], tS, happened: story.happened }
}

/** A proxy closes what was idle for T < K. */
export function closingProxy(random: Random): Known {
  const tS = random.whole(20, 400)
  const story = new Story(random, Math.round(tS * random.between(1.3, 3)))
  let s = 0
  for (let i = 0; i < random.whole(6, 10); i++) {
    story.connect(s)
    let last = s
    for (let n = 0; n < random.whole(1, 6); n++) {
      last += random.between(0.1, 0.85) * tS
      story.up(last, 'PUBLISH')
    }
    story.end(last + tS, 'closed')
    s = last + tS + random.between(1, 3)
  }
  return { truth: ['idle-timeout'], tS, happened: story.happened }
}

function resetAtPing(random: Random): Known {
  const k = random.one(60, 90, 120, 300, 600, 900)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 9); i++) {
    story.connect(s)
    story.end(s + k, 'closed')
    s += k + random.one(1, 2, 5)
  }
  return { truth: ['idle-timeout'], tS: k * random.between(0.4, 0.99), happened: story.happened }
}

function age(random: Random): Known {
  const k = random.one(10, 15, 30, 60)
  const life = Math.round(k * random.between(2.2, 9)) + 1
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 10); i++) {
    story.connect(s)
    pings(story, s, s + life - 0.5, k)
    story.end(s + life, 'closed')
    s += life + random.between(0.5, 3)
  }
  return { truth: ['maximum-age'], happened: story.happened }
}

function vanishing(random: Random): Known {
  const k = random.one(10, 15, 20, 30, 60)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 8); i++) {
    story.connect(s)
    const last = pings(story, s, s + k * random.between(6, 60), k)
    const end = last + 1.5 * k + scan(random)
    story.end(end, 'timeout')
    s = end + random.between(8, 200)
  }
  return { truth: ['client-vanished'], happened: story.happened }
}

function asleep(random: Random): Known {
  const k = random.one(10, 15, 30, 60)
  const period = random.one(120, 300, 600, 900, 3600) + 6 * k
  const devices = random.whole(1, 5)
  const stories = Array.from({ length: devices }, (_, i) => new Story(random, k, `garden${i}-${random.whole(10, 99)}`))
  for (let i = 0; i < random.whole(5, 9); i++) {
    for (const [n, story] of stories.entries()) {
      const s = i * period + n * 7 + random.between(0, 4)
      story.connect(s)
      if (random.next() < 0.5) story.up(s + 1, 'PUBLISH')
      story.end(s + 1 + 1.5 * k + scan(random), 'timeout')
    }
  }
  return { truth: ['own-schedule'], happened: stories.flatMap(({ happened }) => happened) }
}

function cron(random: Random): Known {
  const k = random.one(30, 60, 120)
  const life = random.whole(3, Math.floor(0.8 * k))
  const period = random.one(300, 600, 900, 3600) + 3 * k
  const story = new Story(random, k)
  for (let i = 0; i < random.whole(6, 10); i++) {
    story.connect(i * period)
    story.up(i * period, 'SUBSCRIBE')
    story.end(i * period + life, 'closed')
  }
  return { truth: ['own-schedule'], happened: story.happened }
}

function receiving(random: Random): Known {
  const k = random.one(10, 15, 20, 30, 60)
  const story = new Story(random, k)
  const every = random.between(1, k / 4)
  let s = 0
  for (let i = 0; i < random.whole(5, 8); i++) {
    story.connect(s)
    story.up(s, 'SUBSCRIBE')
    const end = s + 1.5 * k + scan(random)
    for (let d = s + every; d < end; d += every) story.down(d, 'PUBLISH')
    story.end(end, 'timeout')
    s = end + random.between(0.2, 8)
  }
  return { truth: ['client-does-not-ping'], happened: story.happened }
}

function twins(random: Random): Known {
  const story = new Story(random, random.one(30, 60, 120))
  const other = `10.9.${random.whole(0, 250)}.${random.whole(2, 250)}`
  const pause = random.between(2, 20)
  for (let i = 0; i < random.whole(8, 30); i++) {
    if (i > 0) story.end(i * pause, 'taken-over')
    story.connect(i * pause, i % 2 === 0 ? story.ip : other)
  }
  return { truth: ['same-client-id'], happened: story.happened }
}

function stepped(random: Random): Known {
  const k = random.one(30, 60, 120)
  const stories = Array.from({ length: random.whole(4, 9) }, (_, i) => new Story(random, k, `svc_${i}`))
  let s = 0
  for (let i = 0; i < random.whole(2, 4); i++) {
    const step = s + k * random.between(10, 40)
    for (const story of stories) {
      story.connect(s + random.between(0, 3))
      const last = pings(story, s + random.between(0, k * 0.8), step, k)
      // The clock jumps ahead of all of them: sooner than 1.5K after each one's last packet.
      story.end(Math.max(step, last + 0.5), 'timeout')
    }
    s = step + 2
  }
  return { truth: ['all-at-once'], happened: stories.flatMap(({ happened }) => happened) }
}

function early(random: Random): Known {
  const k = random.one(20, 30, 60)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 8); i++) {
    story.connect(s)
    const last = pings(story, s, s + k * random.between(4, 20), 0.8 * k)
    const end = last + k * random.between(0.4, 0.5)
    story.end(end, 'timeout')
    s = end + 5
  }
  return { truth: ['broker-too-early'], happened: story.happened }
}

function deadDownlink(random: Random): Known {
  const k = random.one(300, 600)
  const tS = random.between(90, 0.35 * k + 60)
  const story = new Story(random, k)
  story.connect(0)
  let mid = 0
  for (let i = 0; i < random.whole(5, 9); i++) {
    const from = i * k
    const due = from + k
    const late: number[] = []
    // The path is in use until half of T, and silent from then on.
    for (const after of [0.5 * tS, 1.55 * tS + 5, 1.55 * tS + 20]) {
      story.down(from + after, 'PUBLISH', ++mid)
      if (after < tS) story.up(from + after + 0.4, 'PUBACK', mid)
      else late.push(mid)
    }
    story.up(due, 'PINGREQ')
    for (const each of late) story.up(due + 0.5, 'PUBACK', each)
  }
  return { truth: ['downlink-dead'], tS, happened: story.happened }
}

function locked(random: Random): Known {
  const story = new Story(random, 60)
  const happened: Happened[] = []
  for (let i = 0; i < random.whole(5, 20); i++)
    happened.push({ s: i * random.between(4, 6), what: 'refused', id: story.id, ip: story.ip, port: 40_000 + i })
  return { truth: ['refused'], happened }
}

/** Broker and client have an old clock, a load, or a bug: the end comes far beyond 1.5K, and the client is back when it learns. */
function tooLate(random: Random): Known {
  const k = random.one(10, 15, 20, 30)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 8); i++) {
    story.connect(s)
    const last = pings(story, s, s + k * random.between(4, 20), k)
    const end = last + k * random.between(3.5, 7) + 12
    story.end(end, 'timeout')
    s = end + random.between(0.3, 90)
  }
  return { truth: ['broker-too-late'], happened: story.happened }
}

/** Its pings come when it has the time: mostly just in time, now and then too late. */
function shortKeepalive(random: Random): Known {
  const k = random.one(5, 6, 10, 15)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 8); i++) {
    story.connect(s)
    let last = s
    for (let n = 0; n < random.whole(4, 30); n++) {
      last += k * (random.next() < 0.4 ? random.between(1.25, 1.45) : random.between(0.9, 1.1))
      story.up(last, 'PINGREQ')
    }
    story.end(last + 1.5 * k + 0.3, 'timeout')
    s = last + 1.5 * k + random.between(0.5, 4)
  }
  return { truth: ['keepalive-too-short'], happened: story.happened }
}

/** It sends what no broker takes. */
function malformed(random: Random): Known {
  const k = random.one(15, 60, 120)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(4, 12); i++) {
    story.connect(s)
    const last = pings(story, s, s + k * random.between(0.1, 8), k)
    story.end(last + random.between(0.1, 3), 'error')
    s = last + random.between(4, 30)
  }
  return { truth: ['protocol-error'], happened: story.happened }
}

export type Needs = 'packets' | 'keepalive' | 'connects' | 'addresses' | 'refusals' | 'errors'

export interface Generator {
  readonly make: (random: Random) => Known
  readonly needs: Needs
  /** It shows where a program logs nothing but such ends. */
  readonly byEnds?: 'named' | 'any'
}

/** Which cause is played by what; those whose evidence is packets are no log of a program that logs none. */
export const GENERATORS: Readonly<Record<string, Generator>> = {
  silentBox: { make: silentBox, needs: 'packets' },
  closingProxy: { make: closingProxy, needs: 'packets' },
  resetAtPing: { make: resetAtPing, needs: 'keepalive' },
  age: { make: age, needs: 'keepalive' },
  vanishing: { make: vanishing, needs: 'keepalive', byEnds: 'any' },
  asleep: { make: asleep, needs: 'connects', byEnds: 'named' },
  cron: { make: cron, needs: 'connects' },
  receiving: { make: receiving, needs: 'packets' },
  twins: { make: twins, needs: 'addresses' },
  stepped: { make: stepped, needs: 'packets', byEnds: 'named' },
  early: { make: early, needs: 'packets' },
  deadDownlink: { make: deadDownlink, needs: 'packets' },
  locked: { make: locked, needs: 'refusals' },
  tooLate: { make: tooLate, needs: 'packets' },
  shortKeepalive: { make: shortKeepalive, needs: 'packets' },
  malformed: { make: malformed, needs: 'errors' },
}

/** Nothing wrong: a client that pings, and says DISCONNECT. */
export function healthy(random: Random): Known {
  const k = random.one(15, 30, 60, 300)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(1, 4); i++) {
    story.connect(s)
    const last = pings(story, s, s + k * random.between(3, 40), k)
    story.up(last + 2, 'DISCONNECT')
    story.end(last + 2, 'disconnect')
    s = last + random.between(10, 400)
  }
  return { truth: [], happened: story.happened }
}
