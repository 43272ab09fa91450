import type { Cause } from '../cause.ts'
import { allAtOnce } from './all-at-once.ts'
import { brokerLate } from './broker-late.ts'
import { idleTimeout } from './idle-timeout.ts'
import { lateAcks } from './late-acks.ts'
import { latency } from './latency.ts'
import { maxAge } from './maximum-age.ts'
import { networkLost } from './network-lost.ts'
import { noPings } from './no-pings.ts'
import { protocolError } from './protocol-error.ts'
import { refused } from './refused.ts'
import { sameId } from './same-id.ts'
import { schedule } from './schedule.ts'
import { tooEarly } from './too-early.ts'
import { vanished } from './vanished.ts'

/** All causes that compete. */
export const causes: readonly Cause[] = [
  allAtOnce,
  tooEarly,
  brokerLate,
  idleTimeout,
  maxAge,
  vanished,
  networkLost,
  schedule,
  noPings,
  sameId,
  lateAcks,
  latency,
  refused,
  protocolError,
]
