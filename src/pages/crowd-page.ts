import { type Crowd, crowdOf } from '../judge/crowd.ts'
import type { Evidence } from '../model/evidence.ts'
import type { CrowdPage, CurvePage } from './page-model.ts'

/** Columns of a curve: more than a picture has pixels to show would only make the page larger. */
const MOST_COLUMNS = 400

/** The curves of a fleet; `undefined` where every client was recorded one by one. Pure. */
export function crowdPage(evidence: Evidence): CrowdPage | undefined {
  if (evidence.header.scenario.client.recorded === undefined) return undefined
  const crowd = crowdOf(evidence)
  const width = Math.max(1, Math.ceil(crowd.connected.length / MOST_COLUMNS))
  return { fromMs: crowd.fromMs, stepMs: crowd.stepMs * width, size: crowd.size, curves: curvesOf(crowd, width) }
}

function curvesOf({ counts, connected, brokerCpu, brokerMb, stepMs }: Crowd, width: number): readonly CurvePage[] {
  const perSecond = (steps: readonly number[]) =>
    columns(steps, width, slice => (sum(slice) * 1000) / (slice.length * stepMs))
  const most = (steps: readonly number[]) => columns(steps, width, slice => Math.max(...slice))
  const curves: readonly CurvePage[] = [
    { label: 'connected', values: columns(connected, width, slice => slice.at(-1) ?? 0) },
    { label: 'CONNECT a second', values: perSecond(counts.connects) },
    { label: 'attempts refused a second', values: perSecond(counts.refused) },
    { label: 'clients that noticed a second', values: perSecond(counts.lost) },
    { label: 'dropped by the broker a second', values: perSecond(counts.dropped) },
    { label: 'wills a second', values: perSecond(counts.wills) },
    { label: 'broker, % of a processor', values: columns(brokerCpu, width, slice => sum(slice) / slice.length) },
    { label: 'broker, MB', values: most(brokerMb) },
  ]
  return curves.filter(({ values }) => values.some(value => value > 0))
}

const columns = (steps: readonly number[], width: number, of: (slice: readonly number[]) => number) =>
  Array.from({ length: Math.ceil(steps.length / width) }, (_, i) =>
    Math.round(of(steps.slice(i * width, (i + 1) * width))),
  )

const sum = (all: readonly number[]): number => all.reduce((total, n) => total + n, 0)
