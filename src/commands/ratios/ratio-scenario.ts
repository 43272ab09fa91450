import { faults } from '../../faults/index.ts'
import { keepalives, milliseconds } from '../../model/duration.ts'
import type { Scenario, Step } from '../../model/scenario.ts'
import { noticeMs } from '../../timing/notice.ts'
import { ASKED_TIMES, type Job } from './job.ts'

/** No file says these scenarios. */
const HERE = { file: 'halfopen compare', line: 1, column: 1 }

/** Three whole keep-alives, and room for the last ping. */
const HEALTHY_K = 3.5
/** By then a client that keeps to the imposed interval has pinged, however coarsely it counts. */
const IMPOSED_K = 1.75
/** Four messages a keep-alive. */
export const MESSAGES_A_KEEPALIVE = 4

/** How long after a cut a peer is watched before it is said never to notice. */
export const watchedMs = (keepaliveS: number): number => noticeMs(keepaliveS * 1000)

/** The run as an ordinary scenario. */
export function scenarioOf(job: Job): Scenario {
  const { kind, client, broker, keepaliveS, protocol, traffic } = job
  const imposes = kind === 'imposed'
  return {
    name: 'a run of the ratio table',
    position: HERE,
    broker: { name: broker.name, options: { ...broker.options, ...(imposes ? { max_keepalive: keepaliveS } : {}) } },
    client: {
      name: client.name,
      options: client.options,
      keepaliveS: imposes ? ASKED_TIMES * keepaliveS : keepaliveS,
      protocol,
      traffic: traffic === 'publishing' ? { publishing: { qos: 0, every: keepalives(1 / MESSAGES_A_KEEPALIVE) } } : {},
      count: job.count,
    },
    link: { name: 'embedded', options: {}, latency: milliseconds(0), jitter: milliseconds(0) },
    timeline: kind === 'cut' ? [cut(job)] : [],
    expect: [],
    until: untilOf(job),
  }
}

const cut = (job: Job): Step => ({
  at: keepalives(cutAtK(job)),
  fault: { name: 'blackhole', options: faults.get('blackhole')?.options.parse({}) as Step['fault']['options'] },
  position: HERE,
})

/**
 * In the second keep-alive, when every client has been answered once more than by its CONNACK. Most ping at whole
 * keep-alives, and what is published goes out at every quarter: the cut keeps clear of both.
 */
export function cutAtK({ phase, traffic }: Pick<Job, 'phase' | 'traffic'>): number {
  if (traffic === 'idle') return 1 + phase
  return 1 + (Math.floor(phase * MESSAGES_A_KEEPALIVE) + 0.5) / MESSAGES_A_KEEPALIVE
}

/** Twice the scan of Mosquitto (6 s), so that clients who begin within it meet the scan at every moment of its period alike. */
const SILENT_SPAN_MS = 12_000
/** Evenly, however many: the next lies in the widest gap that is left, and on no grid that a scan could be mistaken for. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

/** When the silent clients of this run begin, in order. */
export const silentStartsMs = ({ count, phase }: Pick<Job, 'count' | 'phase'>): readonly number[] =>
  Array.from({ length: count }, (_, n) => ((n * GOLDEN + phase) % 1) * SILENT_SPAN_MS).sort((a, b) => a - b)

function untilOf({ kind, keepaliveS, ...job }: Job) {
  if (kind === 'silent') return keepalives(0, SILENT_SPAN_MS + watchedMs(keepaliveS))
  if (kind === 'healthy') return keepalives(HEALTHY_K)
  if (kind === 'imposed') return keepalives(IMPOSED_K)
  return keepalives(cutAtK(job), watchedMs(keepaliveS))
}
