import { registry } from '../model/plugin.ts'
import { bandwidth } from './bandwidth.ts'
import { blackhole } from './blackhole.ts'
import { clockDrift } from './clock-drift.ts'
import { clockStep } from './clock-step.ts'
import { close } from './close.ts'
import { delay } from './delay.ts'
import { draining } from './draining.ts'
import { evict } from './evict.ts'
import type { Fault } from './fault.ts'
import { freeze } from './freeze.ts'
import { idleCut } from './idle-cut.ts'
import { interfaceDown } from './interface-down.ts'
import { kill } from './kill.ts'
import { maxAge } from './max-age.ts'
import { rebind } from './rebind.ts'
import { reset } from './reset.ts'
import { roam } from './roam.ts'
import { sleep } from './sleep.ts'
import { slice } from './slice.ts'
import { slowReads } from './slow-reads.ts'
import { stallReads } from './stall-reads.ts'
import { stateLoss } from './state-loss.ts'
import { swallow } from './swallow.ts'
import { tlsHandshake } from './tls-handshake.ts'

export const faults = registry<Fault>([
  blackhole,
  idleCut,
  stateLoss,
  evict,
  maxAge,
  draining,
  roam,
  rebind,
  interfaceDown,
  delay,
  bandwidth,
  slice,
  swallow,
  stallReads,
  slowReads,
  reset,
  close,
  freeze,
  sleep,
  clockStep,
  clockDrift,
  kill,
  tlsHandshake,
])
