import { arch, cpus, platform } from 'node:os'
import { redactText } from '../../evidence/redact.ts'
import { type Fit as FitInFile, PROFILE_FORMAT, type Profile } from '../../model/profile.ts'
import type { Fit, MeasuredPeer } from '../ratios/measured.ts'
import { looseMs } from './quality.ts'

/** What a measurement can't know of itself. */
export interface Naming {
  /** Absent: as evidence calls it. */
  readonly name?: string
  readonly version?: string
  /** Anybody may go by the name that evidence has. */
  readonly isNameless: boolean
  /** What evidence calls its version is none. */
  readonly isUnversioned?: boolean
}

/** The profile of a good measurement; `undefined` where a figure is missing that it can't do without. */
export function profileOf(measured: MeasuredPeer, naming: Naming): Profile | undefined {
  const { role, afterAnswer, ping, afterLastPacket, granularityMs, whilePublishing, scanMs } = measured
  if (role === 'broker') {
    if (!afterLastPacket || granularityMs === undefined) return undefined
    return {
      ...headOf(measured, naming, role),
      afterLastPacket: rounded(afterLastPacket),
      granularityMs: Math.round(granularityMs),
      granularityWithinMs: Math.ceil(measured.granularityWithinMs ?? 0),
      ...(scanMs !== undefined && { scanMs }),
    }
  }
  if (!afterAnswer || !ping) return undefined
  return {
    ...headOf(measured, naming, role),
    granularityMs: 0,
    ping: rounded(ping),
    afterAnswer: rounded(afterAnswer),
    ...(whilePublishing && {
      whilePublishing: whilePublishing === 'never' ? whilePublishing : rounded(whilePublishing),
    }),
    serverKeepAlive: measured.serverKeepAlive ?? 'unknown',
    ...(measured.told !== undefined && { told: redactText(measured.told) }),
  }
}

function headOf<R extends Profile['role']>(measured: MeasuredPeer, naming: Naming, role: R) {
  const { name, version, date, halfopen, keepalivesS, samples } = measured
  const seenAs = { name, version }
  return {
    profile: PROFILE_FORMAT,
    role,
    name: naming.name ?? name,
    version: naming.version ?? (naming.isUnversioned ? 'unknown' : version),
    ...(naming.isNameless && { seenAs }),
    measured: date,
    halfopen,
    machine: `${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model.trim() || 'an unknown processor'}`,
    keepalivesS: [...keepalivesS],
    samples,
    spreadMs: Math.ceil(looseMs(measured)),
  }
}

/** To what was measured: a thousandth of K and a tenth of a millisecond. */
const rounded = ({ k, ms, spreadMs, withinK, withinMs }: Fit): FitInFile => ({
  k: Number(k.toFixed(4)),
  ms: Number(ms.toFixed(1)),
  spreadMs: Math.ceil(spreadMs),
  withinK: Math.ceil(withinK * 1e4) / 1e4,
  withinMs: Math.ceil(withinMs),
})

/** As it is saved: JSON, a figure a line. */
export function profileText(profile: Profile): string {
  const lines = Object.entries(profile).map(([key, value]) => `  ${JSON.stringify(key)}: ${inline(value)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

/** A line end inside a text is escaped, so that these are all between values. */
const inline = (value: unknown): string => JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')
