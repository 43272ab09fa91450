import { registry } from '../../../model/plugin.ts'
import { bandwidth } from './wire-bandwidth.ts'
import { blackhole } from './wire-blackhole.ts'
import { idleCut } from './wire-idle-cut.ts'
import { latency } from './wire-latency.ts'
import { limitData } from './wire-limit-data.ts'
import { maxAge } from './wire-max-age.ts'
import { noop } from './wire-noop.ts'
import { reset } from './wire-reset.ts'
import { resetPeer } from './wire-reset-peer.ts'
import { slicer } from './wire-slicer.ts'
import { slowClose } from './wire-slow-close.ts'
import { slowReads } from './wire-slow-reads.ts'
import { stallReads } from './wire-stall-reads.ts'
import { swallow } from './wire-swallow.ts'
import { timeout } from './wire-timeout.ts'
import type { WireToxic } from './wire-toxic.ts'

/** Toxiproxy's, then ours. */
export const wireToxics = registry<WireToxic>([
  noop,
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  blackhole,
  idleCut,
  swallow,
  reset,
  maxAge,
  stallReads,
  slowReads,
])
