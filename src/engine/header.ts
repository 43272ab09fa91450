import { availableParallelism } from 'node:os'
import type { Clock } from '../clock/clock.ts'
import { cpuPressure, tellsWaits } from '../clock/scheduler.ts'
import { VIRTUAL_EPOCH_MS } from '../clock/virtual.ts'
import { redactScenario } from '../evidence/redact.ts'
import type { Bench, Lab } from '../labs/lab.ts'
import type { EvidenceHeader, Machine } from '../model/evidence.ts'
import { packageVersion } from '../model/package.ts'
import type { Scenario } from '../model/scenario.ts'

const HALFOPEN: string = packageVersion()

/** Without a bench the peers' versions can't be told. */
export function headerOf(
  scenario: Scenario,
  lab: Lab,
  versions: Bench['versions'] | undefined,
  seed: number,
  started: string,
): EvidenceHeader {
  return {
    evidence: 1,
    halfopen: HALFOPEN,
    node: process.version,
    lab: lab.kind.name,
    labResolutionMs: lab.kind.resolutionMs,
    link: versions?.link ?? scenario.link.name,
    broker: versions?.broker ?? { name: scenario.broker.name, version: 'unknown' },
    client: versions?.client ?? { name: scenario.client.name, version: 'unknown' },
    seed,
    started,
    ...(lab.kind.virtual ? {} : { machine: machineNow() }),
    scenario: redactScenario(scenario),
  }
}

/** Taken when the run has ended: the last 10 s are the run's own then. */
function machineNow(): Machine {
  const pressure = cpuPressure()
  return {
    cores: availableParallelism(),
    ...(pressure !== undefined && { cpuPressure: pressure }),
    schedstat: tellsWaits(),
  }
}

/** In virtual time every run begins at the same date, so that the same seed gives the same evidence to the last byte. */
export const startDate = (clock: Clock): string =>
  (clock.kind === 'real' ? new Date() : new Date(VIRTUAL_EPOCH_MS + clock.nowMs())).toISOString()
