import { type Duration, keepalives } from '../../model/duration.ts'

/** How the link turns connections away: RST or FIN right after accepting, or a CONNACK that says "server unavailable". */
export const REFUSALS = ['rst', 'fin', 'connack'] as const
export type Refusal = (typeof REFUSALS)[number]

/** What a device is given, and how long is waited for it. */
export interface Limits {
  /** From the moment the fault held to the device's close. */
  readonly giveUp: Duration
  /** From its CONNECT to its close, where no CONNACK comes. */
  readonly connackMs: number
  /** To be back once the path is healthy. */
  readonly backMs: number
  /** Attempts that are waited for, once the server turns it away. */
  readonly attempts: number
  /** How long is waited for them. */
  readonly backoffMs: number
  readonly refuse: Refusal
  /** For a healthy connection, at the beginning and before each step. */
  readonly waitMs: number
  /** The payload of the messages that are sent to the device; `undefined`: none is sent. */
  readonly payload: string | undefined
}

/** Five is what a class takes; more of them tell jitter from a client that is merely unsteady. */
export const LEAST_ATTEMPTS = 5
/** After so many a rule that is steady is clear. */
export const CLEAR_ATTEMPTS = 6

/**
 * 2K + 1 s: the specifications give no number (3.1.1 and 5.0 §3.1.2.10), and it is the worst case of most libraries (ping after
 * K, answer awaited for K). 60 s for a CONNACK is twice what MQTT.js and Paho wait.
 */
export const DEFAULT_LIMITS: Limits = {
  giveUp: keepalives(2, 1000),
  connackMs: 60_000,
  backMs: 120_000,
  attempts: 8,
  backoffMs: 300_000,
  refuse: 'rst',
  waitMs: 300_000,
  payload: 'halfopen',
}

/** A bound that was missed is watched beyond, to tell late from never. */
const BEYOND = 1.5

export const watchedMs = (boundMs: number): number => BEYOND * boundMs
