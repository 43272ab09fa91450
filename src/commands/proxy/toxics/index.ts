import { registry } from '../../../model/plugin.ts'
import { bandwidth } from './bandwidth.ts'
import { blackhole } from './blackhole.ts'
import { idleCut } from './idle-cut.ts'
import { latency } from './latency.ts'
import { limitData } from './limit-data.ts'
import { noop } from './noop.ts'
import { reset } from './reset.ts'
import { resetPeer } from './reset-peer.ts'
import { slicer } from './slicer.ts'
import { slowClose } from './slow-close.ts'
import { swallow } from './swallow.ts'
import { timeout } from './timeout.ts'
import type { WireToxic } from './wire.ts'

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
])
