import { useEffect, useMemo, useState } from 'preact/hooks'
import type { CheckPage, ScenarioPage } from '../page-model.ts'
import { peersOf, WITH } from './choice.tsx'
import { type Timeline, timelineOf } from './data.ts'
import { Legend } from './legend.tsx'
import { duration, type Unit } from './page-words.ts'
import { Bullet, Status } from './signs.tsx'
import { TimeChoices, type Zero } from './time-choices.tsx'
import { TimelineView } from './timeline.tsx'

type Pair = readonly [ScenarioPage, ScenarioPage]

/** Two runs on one scale of time: before and after, or two clients. */
export function Beside({ pair }: { pair: Pair }) {
  const [left, right] = pair
  const [unit, setUnit] = useState<Unit>('s')
  const [zero, setZero] = useState<Zero>('fault')
  const timelines = useTimelines(pair)
  const zeros = timelines.map(timeline => (zero === 'fault' ? (timeline?.faults[0]?.heldMs ?? 0) : 0))
  const shared = useMemo(() => onOneScale(timelines, zeros), [timelines[0], timelines[1], zero])
  const names = left.name === right.name ? ['The first run', 'The second run'] : [left.name, right.name]
  return (
    <main class="scenario">
      <nav class="crumbs" aria-label="Scenarios">
        <a href="#all">All scenarios</a>
        <a href={`#${right.slug}${WITH}${left.slug}`}>Swap them</a>
      </nav>
      <header>
        <h1 tabIndex={-1} id="top">
          {left.name === right.name ? `${left.name}: two runs` : `${left.name}, beside ${right.name}`}
        </h1>
      </header>
      <Outcomes pair={pair} names={names} />
      <div class="bar">
        <h2 id="what">What happened</h2>
        <TimeChoices unit={unit} setUnit={setUnit} zero={zero} setZero={setZero} zeros={['connack', 'fault']} />
      </div>
      {pair.map((scenario, side) => {
        const timeline = shared[side]
        return (
          <section key={side} aria-label={names[side]}>
            <h3 class="marked">
              <a href={`#${scenario.slug}`}>{names[side]}</a>
              <Status result={scenario.result} />
              <span class="dim">{peersOf(scenario)}</span>
            </h3>
            {timeline && <OneTimeline {...{ scenario, timeline, unit, zeroMs: zeros[side] ?? 0 }} />}
          </section>
        )
      })}
      {shared[0] && <Legend timeline={shared[0]} />}
    </main>
  )
}

interface OneProps {
  readonly scenario: ScenarioPage
  readonly timeline: Timeline
  readonly unit: Unit
  readonly zeroMs: number
}

function OneTimeline({ scenario, timeline, unit, zeroMs }: OneProps) {
  const [event, setEvent] = useState<number>()
  const open = (check: CheckPage) => {
    location.hash = `${scenario.slug}/${check.slug}`
  }
  const own = { scenario, timeline, unit, zeroMs, event, device: timeline.device }
  return <TimelineView {...own} check={undefined} onEvent={setEvent} onCheck={open} />
}

function useTimelines([left, right]: Pair): readonly (Timeline | undefined)[] {
  const [found, setFound] = useState<readonly (Timeline | undefined)[]>([undefined, undefined])
  useEffect(() => {
    let isGone = false
    Promise.all([timelineOf(left.slug), timelineOf(right.slug)]).then(both => {
      if (!isGone) setFound(both)
    })
    return () => {
      isGone = true
    }
  }, [left, right])
  return found
}

/** Both show as long before and after their zero. */
function onOneScale(
  timelines: readonly (Timeline | undefined)[],
  zeros: readonly number[],
): readonly (Timeline | undefined)[] {
  const span = (timeline: Timeline | undefined, side: number, end: 'fromMs' | 'toMs') =>
    timeline ? [timeline[end] - (zeros[side] ?? 0)] : []
  const before = Math.min(...timelines.flatMap((timeline, side) => span(timeline, side, 'fromMs')))
  const after = Math.max(...timelines.flatMap((timeline, side) => span(timeline, side, 'toMs')))
  return timelines.map((timeline, side) => {
    const zeroMs = zeros[side] ?? 0
    return timeline && { ...timeline, fromMs: zeroMs + before, toMs: zeroMs + after }
  })
}

/** Each check with what it came to in both. */
function Outcomes({ pair, names }: { pair: Pair; names: readonly string[] }) {
  const slugs = [...new Set(pair.flatMap(({ checks }) => checks.map(({ slug }) => slug)))]
  const cell = (scenario: ScenarioPage, slug: string) => {
    const check = scenario.checks.find(each => each.slug === slug)
    if (!check) return <td class="dim">not asked</td>
    return (
      <td>
        <a href={`#${scenario.slug}/${slug}`}>
          <Status result={check.result} />
        </a>{' '}
        {check.afterMs === null ? '' : duration(check.afterMs)} <Bullet {...check} />
        {check.result !== 'pass' && <p class="dim">{check.reason}</p>}
      </td>
    )
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too
    <section class="wide" tabIndex={0} aria-label="What was expected, in both">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">check</th>
            {names.map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col" class="number">
              difference
            </th>
          </tr>
        </thead>
        <tbody>
          {slugs.map(slug => (
            <tr key={slug}>
              <th scope="row">{slug}</th>
              {cell(pair[0], slug)}
              {cell(pair[1], slug)}
              <td class="number">{difference(pair, slug)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** How much later the second one was. */
function difference(pair: Pair, slug: string): string {
  const [first, second] = pair.map(({ checks }) => checks.find(each => each.slug === slug)?.afterMs ?? null)
  if (first === null || second === null || first === undefined || second === undefined) return ''
  return `${second >= first ? '+' : '−'}${duration(Math.abs(second - first))}`
}
