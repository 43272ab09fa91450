import { arch, cpus, platform } from 'node:os'
import { redactText } from '../../evidence/redact.ts'
import type { MeasuredPeer } from '../../figures/measured-peer.ts'
import { FIGURES } from '../../figures/ratio-words.ts'
import { formatMs } from '../../model/duration.ts'
import type { RatioFit } from '../../model/peer-figures.ts'
import { PROFILE_FORMAT, type Profile } from '../../model/profile.ts'

/** What a measurement can't know of itself. */
interface Naming {
  /** Absent: as evidence calls it. */
  readonly name?: string
  readonly version?: string
  /** Anybody may go by the name that evidence has. */
  readonly isNameless: boolean
  /** What evidence calls its version is none. */
  readonly isUnversioned?: boolean
  /** Where time was scaled: `accelerated x20`. */
  readonly lab?: string
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
    ...(naming.lab !== undefined && { lab: naming.lab }),
    samples,
    spreadMs: Math.ceil(looseMs(measured)),
  }
}

/** To what was measured: a thousandth of K and a tenth of a millisecond. */
const rounded = ({ k, ms, spreadMs, withinK, withinMs }: RatioFit): RatioFit => ({
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

/** Fewer detections could all have met the same chance. */
const LEAST_SAMPLES = 6
/** One keep-alive gives a point and no line: factor and granularity could not be told apart. */
const LEAST_KEEPALIVES = 2
/** Of the shortest keep-alive. Points that lie further apart say next to nothing of the factor. */
const LARGEST_NOISE_K = 0.5

/** How far the detections lie apart beyond what the peer's own granularity explains. */
const noiseMs = ({ spreadMs, granularityMs = 0 }: MeasuredPeer): number => Math.max(0, spreadMs - granularityMs)

/**
 * How far the next detection may lie from the band of those that were seen: by their noise, and by what so many samples
 * missed of the band. Its edges may be thin (Mosquitto 2.0.11 adds a scan of 6 s and whole seconds), so that the miss falls
 * with the root of their number only.
 */
const looseMs = (measured: MeasuredPeer): number =>
  noiseMs(measured) + (measured.granularityMs ?? 0) / Math.sqrt(measured.samples)

/** Why no profile can be made of a measurement, each as a sentence; empty for a good one. */
export function faultsOf(measured: MeasuredPeer): readonly string[] {
  const { samples, keepalivesS, falseAlarms, doubts = [], varies = [] } = measured
  return [
    ...doubts,
    ...varies,
    ...unseen(measured, [...doubts, ...varies]),
    ...(samples < LEAST_SAMPLES ? [`there are ${samples} detections; it takes ${LEAST_SAMPLES}`] : []),
    ...(keepalivesS.length < LEAST_KEEPALIVES ? ['one keep-alive gives no line: measure at two or more'] : []),
    ...(falseAlarms && falseAlarms.lost > 0
      ? [`it ended ${falseAlarms.lost} of ${falseAlarms.runs} connections while all was well`]
      : []),
    ...tooFarApart(measured),
  ]
}

/** What to do about faults that are the machine's or the measurement's. */
export const PROFILE_REMEDY =
  'What helps: less at the same time on this machine, longer keep-alives (--keepalive 4s,8s,12s), in the lab accelerated a lower --speed, more moments (--phases), more silent clients for a broker (--samples).'

function tooFarApart(measured: MeasuredPeer): readonly string[] {
  const shortestS = Math.min(...measured.keepalivesS)
  const [isMs, mayMs] = [noiseMs(measured), LARGEST_NOISE_K * shortestS * 1000]
  if (isMs <= mayMs) return []
  return [`the detections lie ${formatMs(isMs)} apart, and ${formatMs(mayMs)} is the most for K = ${shortestS} s`]
}

/** Figures that are missing, and of which no doubt says why. */
function unseen(measured: MeasuredPeer, known: readonly string[]): readonly string[] {
  const { role, afterAnswer, ping, afterLastPacket, granularityMs } = measured
  const figures =
    role === 'broker'
      ? [
          [FIGURES.afterLastPacket, afterLastPacket, 'it was not seen to close by itself'],
          [FIGURES.granularity, granularityMs, 'how much later than that it may be was not measured'],
        ]
      : [
          [FIGURES.afterAnswer, afterAnswer, 'it was not seen to give up by itself'],
          [FIGURES.ping, ping, 'it was not seen to ping twice'],
        ]
  return figures.flatMap(([name, figure, missing]) =>
    figure === undefined && !known.some(text => text.startsWith(`${name}: `)) ? [`${missing}`] : [],
  )
}
