import type { Probe } from '../probe.ts'
import { apiProbes } from './api.ts'
import { clientProbes } from './client.ts'
import { closingProbes } from './closing.ts'
import { connectionProbes } from './connections.ts'
import { shapingProbes } from './shaping.ts'
import { toxicApiProbes } from './toxics-api.ts'

export const probes: readonly Probe[] = [
  ...apiProbes,
  ...toxicApiProbes,
  ...clientProbes,
  ...shapingProbes,
  ...closingProbes,
  ...connectionProbes,
]
