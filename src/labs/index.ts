import { accelerated } from './accelerated.ts'
import { attached } from './attached.ts'
import { containers } from './containers.ts'
import type { LabKind } from './lab.ts'
import { local } from './local.ts'
import { netns } from './netns.ts'
import { simulated } from './simulated.ts'

export const labs: ReadonlyMap<string, LabKind> = new Map(
  [local, simulated, accelerated, containers, netns, attached].map(lab => [lab.name, lab]),
)
