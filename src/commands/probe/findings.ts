import { type BusyFindings, busyFindings } from './busy.ts'
import {
  deadAtMostMs,
  deadAtMs,
  isAlive,
  isDead,
  type Life,
  type Observation,
  type Silent,
  VARIANTS,
} from './observation.ts'

/** What one way of asking says of the idle time-out. */
export interface TimeoutBounds {
  /** The longest silence that lived; 0 where none did. */
  readonly aliveMs: number
  /** The shortest that did not; `Infinity` where all lived. */
  readonly deadMs: number
  readonly dead: Observation | undefined
}

/** How the broker itself treats an idle client, so that its own time-out is not taken for a middlebox's. */
export interface BrokerLimit {
  /** The keep-alive in force on the probed connections; 0: off, and the broker has no reason to end them. */
  readonly keepaliveS: number
}

export interface Findings extends BusyFindings {
  readonly byVariant: Readonly<Record<Silent, TimeoutBounds>>
  /** Of what speaks first: the tighter of `client` and `broker`. */
  readonly aliveMs: number
  readonly deadMs: number
  /** The dead that decides. */
  readonly dead: Observation | undefined
  /** The broker's own time-out, 1.5K, and not the path's. */
  readonly byBroker: boolean
  /** Longer silences came through where shorter ones did not: a pool of boxes, or a path that changed. */
  readonly contradicts: boolean
  /** Whether TCP's own keep-alive kept alive what silence killed; `undefined` where that can't be told. */
  readonly tcpKeepsAlive: boolean | undefined
}

/** Pure. `lives`: of the connections that were busy both ways. */
export function findingsOf(
  observations: readonly Observation[],
  limit: BrokerLimit,
  lives: readonly Life[] = [],
): Findings {
  const byVariant = Object.fromEntries(
    VARIANTS.map(variant => [variant, boundsOf(observations, variant)]),
  ) as Findings['byVariant']
  const asked = (['client', 'broker'] as const).filter(variant => observations.some(each => each.variant === variant))
  const tightest =
    asked.map(variant => byVariant[variant]).toSorted((a, b) => a.deadMs - b.deadMs)[0] ?? byVariant.client
  const { deadMs, dead } = tightest
  // What lived for longer than that, asked in another way, tells of a box with two faces and not of a wider time-out.
  return {
    byVariant,
    aliveMs: tightest.aliveMs,
    deadMs,
    dead,
    byBroker: dead !== undefined && isBrokers(dead, limit),
    contradicts: VARIANTS.some(variant => contradicts(observations, byVariant[variant], variant)),
    tcpKeepsAlive: tcpKeepsAlive(byVariant, deadMs),
    ...busyFindings(observations, lives, { deadMs, dead }),
  }
}

/** Only the first of the broker's silences is asked whether it heals; what it says holds for the others. */
function boundsOf(observations: readonly Observation[], variant: Silent): TimeoutBounds {
  const own = observations.filter(each => each.variant === variant)
  const dead = own.filter(isDead).toSorted((a, b) => deadAtMs(a) - deadAtMs(b))[0]
  const deadMs = dead ? deadAtMostMs(dead) : Infinity
  const alive = own.filter(each => isAlive(each) && each.silenceMs < deadMs).map(({ silenceMs }) => silenceMs)
  // One that was ended was open until then: a single connection tells such a time-out exactly.
  const openMs = dead?.outcome.what === 'ended' ? dead.outcome.afterMs : 0
  return { aliveMs: Math.max(openMs, ...alive), deadMs, dead: dead && withHealing(dead, own) }
}

function withHealing(dead: Observation, own: readonly Observation[]): Observation {
  if (dead.outcome.what !== 'silent' || dead.outcome.heals !== undefined) return dead
  const asked = own.find(({ outcome }) => outcome.what === 'silent' && outcome.heals !== undefined)
  return asked ? { ...dead, outcome: asked.outcome } : dead
}

const contradicts = (observations: readonly Observation[], { deadMs }: TimeoutBounds, variant: Silent): boolean =>
  observations.some(each => each.variant === variant && isAlive(each) && each.silenceMs > deadMs)

/** A broker ends an idle client at 1.5K, up to 60 s or K later (facts of keepalive), by closing. */
function isBrokers({ outcome }: Observation, { keepaliveS }: BrokerLimit): boolean {
  if (outcome.what !== 'ended') return false
  if (outcome.saidByBroker) return true
  if (keepaliveS === 0) return false
  const keepaliveMs = keepaliveS * 1000
  return (
    outcome.afterMs >= 1.5 * keepaliveMs - 1000 && outcome.afterMs <= 1.5 * keepaliveMs + Math.max(8000, keepaliveMs)
  )
}

/** Two measurements of the same time-out, a rung apart. */
const ABOUT = 1.2

function tcpKeepsAlive({ tcp, client }: Findings['byVariant'], deadMs: number): boolean | undefined {
  if (client.deadMs === Infinity) return undefined
  // It is not narrowed down, so where it died says little; how long it lived does.
  if (tcp.dead) return tcp.aliveMs > ABOUT * deadMs
  return tcp.aliveMs >= deadMs ? true : undefined
}
