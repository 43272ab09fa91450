import type { Step } from '../step.ts'
import { backoff } from './backoff.ts'
import { connack } from './connack.ts'
import { halfOpenIdle } from './half-open-idle.ts'
import { halfOpenPublishing } from './half-open-publishing.ts'
import { interval } from './interval.ts'
import { messages } from './messages.ts'
import { pingresp } from './pingresp.ts'
import { serverKeepAlive } from './server-keep-alive.ts'
import { session } from './session.ts'
import { sessionLost } from './session-lost.ts'
import { sleep } from './sleep.ts'
import { takeOver } from './take-over.ts'

/** In the order in which they are played. */
export const steps: readonly Step[] = [
  interval,
  pingresp,
  halfOpenIdle,
  halfOpenPublishing,
  backoff,
  connack,
  session,
  messages,
  sessionLost,
  serverKeepAlive,
  takeOver,
  sleep,
]
