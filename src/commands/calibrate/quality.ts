import { formatMs } from '../../model/duration.ts'
import type { MeasuredPeer } from '../ratios/measured.ts'
import { FIGURES } from '../ratios/ratio-words.ts'

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
export const looseMs = (measured: MeasuredPeer): number =>
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
export const REMEDY =
  'What helps: less at the same time on this machine, longer keep-alives (--keepalive 4s,8s,12s), more moments (--phases), more silent clients for a broker (--samples).'

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
