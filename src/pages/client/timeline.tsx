import { useEffect, useMemo, useState } from 'preact/hooks'
import type { CheckPage, ScenarioPage } from '../page-model.ts'
import type { Timeline } from './data.ts'
import type { Frame } from './drawing.tsx'
import { livesOf, rowsOf } from './figures.ts'
import { cut } from './labels.tsx'
import { choosable, sceneOf } from './page-scene.ts'
import { detailOf, moment, nameOf, placeOf, type Unit } from './page-words.ts'
import { Picture } from './picture.tsx'
import { useWidth, useZoom } from './use-zoom.ts'

export interface TimelineProps {
  readonly scenario: ScenarioPage
  readonly timeline: Timeline
  readonly device: number
  readonly unit: Unit
  readonly zeroMs: number
  readonly check: CheckPage | undefined
  readonly event: number | undefined
  readonly onEvent: (event: number | undefined) => void
  readonly onCheck: (check: CheckPage) => void
}

const NARROW = 640

type Range = readonly [fromMs: number, toMs: number]

/** What led to `sinceMs`, and what came until `lastMs`. */
function around(sinceMs: number, lastMs: number, { fromMs, toMs }: Timeline): Range {
  const span = Math.max(50, lastMs - sinceMs)
  return [Math.max(fromMs, sinceMs - span * 0.35), Math.min(toMs + span * 0.05, lastMs + span * 0.25)]
}

/** What is in view at first: all of it, or the window of the check that is looked at. */
function rangeFor(check: CheckPage | undefined, timeline: Timeline): Range {
  if (check?.sinceMs == null) return [timeline.fromMs, timeline.toMs]
  return around(check.sinceMs, Math.max(check.sinceMs + (check.latestMs ?? 0), check.seenMs ?? 0), timeline)
}

interface Hovered {
  readonly number: number
  readonly count: number
  readonly x: number
  readonly y: number
}

export function TimelineView(props: TimelineProps) {
  const { scenario, timeline, device, unit, zeroMs, check, event, onEvent } = props
  const [box, width] = useWidth()
  const [hovered, setHovered] = useState<Hovered>()
  const checks = scenario.checks.filter(
    ({ sinceMs, seenMs, earliestMs }) => sinceMs !== null && (seenMs !== null || earliestMs !== null),
  )
  const lives = useMemo(() => livesOf(timeline, device), [timeline, device])
  const byConn = useMemo(() => new Map(lives.map(life => [life.conn, life])), [lives])
  const lanes = Math.max(1, ...lives.map(({ lane }) => lane + 1))
  const rows = useMemo(() => rowsOf(checks.length, lanes), [checks.length, lanes])
  const shown = useMemo(() => choosable(timeline, device), [timeline, device])
  const left = width < NARROW ? 84 : 128
  const right = width - 24
  const { picture, x, show, scaleBy, panBy } = useZoom(timeline, left, right)
  const frame: Frame = { x, left, right, rows, timeline }
  const scene = useMemo(
    () => sceneOf(timeline, rows, x, [left, right], shown, byConn),
    [timeline, rows, x, left, right, shown, byConn],
  )
  // A check that is opened comes into view.
  useEffect(() => show(rangeFor(check, timeline)), [check, timeline, left, right])

  const dateOf = (number: number): number => timeline.events[number]?.atMs ?? 0
  const choose = (number: number | undefined) => {
    onEvent(number)
    if (number === undefined) return
    const at = x(dateOf(number))
    if (at < left + 20 || at > right - 20) panBy((left + right) / 2 - at)
  }
  const step = (by: number) => {
    const at = event === undefined ? -1 : shown.indexOf(event)
    const first = at < 0 ? shown.find(number => x(dateOf(number)) >= left) : undefined
    choose(first ?? shown[Math.min(shown.length - 1, Math.max(0, at + by))])
  }
  const actions: Readonly<Record<string, () => void>> = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    PageDown: () => panBy(-(right - left) / 2),
    PageUp: () => panBy((right - left) / 2),
    Home: () => choose(shown[0]),
    End: () => choose(shown.at(-1)),
    '+': () => scaleBy(2),
    '=': () => scaleBy(2),
    '-': () => scaleBy(0.5),
    '0': () => show([timeline.fromMs, timeline.toMs]),
    Escape: () => onEvent(undefined),
  }
  const onKeyDown = (key: KeyboardEvent) => {
    const act = actions[key.key]
    if (!act || key.ctrlKey || key.metaKey || key.altKey) return
    key.preventDefault()
    act()
  }
  const onHover = (number: number | undefined, pointer: PointerEvent) => {
    const bounds = box.current?.getBoundingClientRect()
    if (number === undefined || !bounds) return setHovered(undefined)
    const count = scene.marks.find(({ members }) => members[0] === number)?.members.length ?? 1
    setHovered({ number, count, x: pointer.clientX - bounds.left, y: pointer.clientY - bounds.top })
  }
  const fault = timeline.faults[0]
  const chosen = event === undefined ? undefined : timeline.events[event]
  const told = (atMs: number) => moment(atMs, zeroMs, unit, scenario.keepaliveMs)
  return (
    <div class="timeline">
      {/* biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset */}
      <div class="tools" role="group" aria-label="Zoom">
        <button type="button" onClick={() => scaleBy(2)} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => scaleBy(0.5)} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => show([timeline.fromMs, timeline.toMs])}>
          All
        </button>
        {fault && (
          <button
            type="button"
            onClick={() => show(around(fault.heldMs, fault.heldMs + 2 * scenario.keepaliveMs, timeline))}
          >
            Fault
          </button>
        )}
        <span class="hint">drag to move, Ctrl + wheel to zoom, ← → from event to event</span>
      </div>
      <div
        class="canvas"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its arrow keys go from event to event
        tabIndex={0}
        role="application"
        aria-label={`Timeline of ${scenario.name}. Left and right go from event to event, plus and minus zoom.`}
        onKeyDown={onKeyDown}
      >
        <Picture
          {...props}
          frame={frame}
          width={width}
          checks={checks}
          lives={lives}
          scene={scene}
          picture={picture}
          isNarrow={width < NARROW}
          onHover={onHover}
        />
        {hovered && <Tip {...hovered} timeline={timeline} told={told} width={width} />}
      </div>
      <p class="spoken" aria-live="polite">
        {chosen ? `${nameOf(chosen)}, ${placeOf(chosen)}, at ${told(chosen.atMs)}. ${detailOf(chosen)}` : ''}
      </p>
    </div>
  )
}

interface TipProps extends Hovered {
  readonly timeline: Timeline
  readonly told: (atMs: number) => string
  readonly width: number
}

function Tip({ number, count, x, y, timeline, told, width }: TipProps) {
  const event = timeline.events[number]
  if (!event) return null
  return (
    <div class="tip" style={{ left: `${Math.max(4, Math.min(x + 12, width - 240))}px`, top: `${y + 16}px` }}>
      <b>{nameOf(event)}</b> {told(event.atMs)}
      <br />
      <span class="dim">
        {placeOf(event)}
        {event.conn === undefined ? '' : `, connection ${event.conn}`}
      </span>
      <br />
      {cut(detailOf(event), 160)}
      {count > 1 && <div class="dim">and {count - 1} more here: zoom in</div>}
    </div>
  )
}
