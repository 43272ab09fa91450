import { scaleLinear } from 'd3-scale'
import type { CheckPage } from '../page-model.ts'
import { FaultBands, LifeBars, Standstills } from './bands.tsx'
import { CheckBracket, type Frame } from './drawing.tsx'
import type { ConnectionLife } from './figures.ts'
import { Labels } from './labels.tsx'
import { Mark } from './marks.tsx'
import type { PageScene } from './page-scene.ts'
import type { TimelineProps } from './timeline.tsx'
import { Ways } from './ways.tsx'

interface Props extends TimelineProps {
  readonly frame: Frame
  readonly width: number
  readonly checks: readonly CheckPage[]
  readonly lives: readonly ConnectionLife[]
  readonly scene: PageScene
  readonly picture: { current: SVGSVGElement | null }
  readonly isNarrow: boolean
  readonly onHover: (number: number | undefined, pointer: PointerEvent) => void
}

/** The timeline as it is in view. The table of events has the same in words. */
export function Picture(props: Props) {
  const { scenario, timeline, check, event, onEvent, onCheck, frame, width, checks, lives, scene, picture, onHover } =
    props
  const { x, left, right, rows } = frame
  const bottom = rows.height
  const chosen = event === undefined ? undefined : timeline.events[event]
  return (
    <svg
      ref={picture}
      width={width}
      height={bottom}
      viewBox={`0 0 ${width} ${bottom}`}
      aria-hidden="true"
      onPointerMove={pointer => onHover(numberAt(pointer.target), pointer)}
      onPointerLeave={pointer => onHover(undefined, pointer)}
      onClick={click => {
        const number = numberAt(click.target)
        if (number !== undefined) onEvent(number)
      }}
    >
      <defs>
        <clipPath id={`plot-${scenario.slug}`}>
          <rect x={left} y={0} width={right - left + 8} height={bottom} />
        </clipPath>
        <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path class="hatch" d="M0 0V7" />
        </pattern>
      </defs>
      <Grid {...props} />
      <g clip-path={`url(#plot-${scenario.slug})`}>
        <LifeBars lives={lives} frame={frame} />
        <FaultBands frame={frame} />
        <Standstills frame={frame} />
        {checks.map((each, number) => {
          const row = rows.checks[number]
          return row && <CheckBracket key={each.slug} check={each} row={row} frame={frame} chosen={each === check} />
        })}
        <Ways ways={scene.ways} frame={frame} />
        {chosen && <path class="cursor" d={`M${x(chosen.atMs)} 24V${bottom}`} />}
        {scene.marks.map(({ x: at, y, members }) => {
          const [number = 0] = members
          const first = timeline.events[number]
          const isChosen = event !== undefined && members.includes(event)
          return (
            first && (
              <Mark key={number} event={first} x={at} y={y} count={members.length} number={number} chosen={isChosen} />
            )
          )
        })}
      </g>
      <Labels {...{ checks, check, timeline, rows, lives, left, onCheck }} />
    </svg>
  )
}

/** Seconds or keep-alives, from where the reader counts. */
function Grid({ frame, unit, zeroMs, scenario, isNarrow }: Props) {
  const { x, left, right, rows } = frame
  const isK = unit === 'K' && scenario.keepaliveMs > 0
  const per = isK ? scenario.keepaliveMs : 1000
  const counted = scaleLinear(
    x.domain().map(ms => (ms - zeroMs) / per),
    x.range(),
  )
  const most = isNarrow ? 4 : 9
  const shown = counted.ticks(most).filter(tick => counted(tick) >= left && counted(tick) <= right)
  const words = counted.tickFormat(most)
  return (
    <g class="grid">
      {shown.map(tick => (
        <g key={tick} transform={`translate(${counted(tick)} 0)`}>
          <path d={`M0 24V${rows.height}`} />
          <text y={17} text-anchor="middle">
            {words(tick)}
            {isK ? 'K' : ' s'}
          </text>
        </g>
      ))}
    </g>
  )
}

const numberAt = (target: EventTarget | null): number | undefined => {
  const found = (target as Element | null)?.closest('[data-event]')?.getAttribute('data-event')
  return found == null ? undefined : Number(found)
}
