import { halfOpenIdle, halfOpenPublishing } from '../half-open.ts'
import type { DeviceStep } from '../step.ts'
import { backoff } from './backoff.ts'
import { connack } from './connack.ts'
import { interval } from './interval.ts'
import { keptMessage } from './kept-message.ts'
import { messages } from './messages-step.ts'
import { pingresp } from './pingresp.ts'
import { serverKeepAlive } from './server-keep-alive.ts'
import { sessionLost } from './session-lost.ts'
import { session } from './session-step.ts'
import { sleep } from './sleep-step.ts'
import { takeOver } from './take-over.ts'

/** In the order in which they are played. */
export const steps: readonly DeviceStep[] = [
  interval,
  pingresp,
  halfOpenIdle,
  halfOpenPublishing,
  backoff,
  connack,
  session,
  messages,
  keptMessage,
  sessionLost,
  serverKeepAlive,
  takeOver,
  sleep,
]
