import { registry } from '../../model/plugin.ts'
import { bandwidth } from './bandwidth.ts'
import { blackhole } from './blackhole.ts'
import { delay } from './delay.ts'
import { idleCut } from './idle-cut.ts'
import { maxAge } from './max-age.ts'
import { noop } from './noop.ts'
import { slice } from './slice.ts'
import { swallow } from './swallow.ts'
import type { Toxic } from './toxic.ts'

export const toxics = registry<Toxic>([noop, blackhole, delay, bandwidth, slice, swallow, idleCut, maxAge])
