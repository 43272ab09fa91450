import { registry } from '../../model/plugin.ts'
import { bandwidth } from './bandwidth-toxic.ts'
import { blackhole } from './blackhole-toxic.ts'
import { delay } from './delay-toxic.ts'
import { draining } from './draining-toxic.ts'
import { handshake } from './handshake-toxic.ts'
import { idleCut } from './idle-cut-toxic.ts'
import { maxAge } from './max-age-toxic.ts'
import { noop } from './noop-toxic.ts'
import { slice } from './slice-toxic.ts'
import { slowReads } from './slow-reads-toxic.ts'
import { stallReads } from './stall-reads-toxic.ts'
import { swallow } from './swallow-toxic.ts'
import type { Toxic } from './toxic.ts'

export const toxics = registry<Toxic>([
  noop,
  blackhole,
  delay,
  bandwidth,
  slice,
  swallow,
  idleCut,
  maxAge,
  draining,
  stallReads,
  slowReads,
  handshake,
])
