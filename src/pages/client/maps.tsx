import { scaleLinear } from 'd3-scale'
import type { MapLine, MapsBlock, MapTile } from '../report-model.ts'
import { Chart, shown, XAxis, YAxis } from './chart.tsx'

type Panel = MapsBlock['maps'][number]

/** Heat maps with the same axes and colours: a rectangle for each cell, true to scale. */
export const HeatMaps = (block: MapsBlock) => (
  <div class="maps">
    <Shades {...block} />
    <div class={block.maps.length > 1 ? 'map-grid' : undefined}>
      {block.maps.map(panel => (
        <HeatMap key={panel.title} panel={panel} block={block} />
      ))}
    </div>
  </div>
)

const Shades = ({ title, unit, steps, none, hasUnplayed, maps }: MapsBlock) => (
  <ul class="legend" aria-label={`Colours: ${title}`}>
    <li>
      <b>
        {title} ({unit})
      </b>
    </li>
    <Swatch kind="none" text={none} />
    {steps.map((text, step) => (
      <Swatch key={text} kind={`step-${step}`} text={text} />
    ))}
    {hasUnplayed && <Swatch kind="unplayed" text="not played" />}
    {[...new Map(maps.flatMap(({ lines }) => lines.map(line => [line.label, line] as const))).values()].map(line => (
      <li key={line.label}>
        <svg width="26" height="14" viewBox="0 -7 26 14" aria-hidden="true">
          <path class={`limit${line.isDashed ? ' dashed' : ''}`} d="M0 0H26" />
        </svg>
        {line.label}
      </li>
    ))}
  </ul>
)

const Swatch = ({ kind, text }: { kind: string; text: string }) => (
  <li>
    <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true">
      <rect class={`tile ${kind}`} x="0.5" y="0.5" width="17" height="13" />
    </svg>
    {text}
  </li>
)

const [LEFT, TOP, RIGHT, BOTTOM] = [52, 26, 60, 46]
/** A figure of so many characters needs so many pixels. */
const CHARACTER = 7
const LEAST_HEIGHT = 15

function HeatMap({ panel, block }: { panel: Panel; block: MapsBlock }) {
  const table = {
    title: `${block.title}${panel.title === '' ? '' : `: ${panel.title}`}`,
    columns: [
      { label: block.xLabel, isNumber: true },
      { label: block.yLabel, isNumber: true },
      { label: `${block.title} (${block.unit})`, isNumber: true },
    ],
    rows: panel.tiles.map(({ at, text, step }) => [
      ...at.map(value => ({ text: shown(value), sort: value })),
      step < 0 ? { text: block.none } : { text, sort: Number(text) },
    ]),
  }
  return (
    <Chart title={panel.title === '' ? block.title : panel.title} legend={null} table={table}>
      {width => <Drawing panel={panel} block={block} width={width} />}
    </Chart>
  )
}

function Drawing({ panel, block, width }: { panel: Panel; block: MapsBlock; width: number }) {
  const height = Math.round(Math.min(620, Math.max(300, width * 0.62)))
  const bottom = height - BOTTOM
  const x = scaleLinear(panel.x, [LEFT, width - RIGHT])
  const y = scaleLinear(panel.y, [bottom, TOP])
  const thin = (ticks: readonly number[], room: number) => {
    const every = Math.max(1, Math.ceil((ticks.length * room) / (width - LEFT - RIGHT)))
    return ticks.filter((_, i) => i % every === 0)
  }
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`Heat map of ${panel.tiles.length} cells: ${block.title}. Its figures are in the table below it.`}
    >
      <rect class="tile unplayed" x={LEFT} y={TOP} width={width - RIGHT - LEFT} height={bottom - TOP} />
      <XAxis scale={x} ticks={thin(panel.xTicks, 34)} label={block.xLabel} from={bottom} to={bottom} />
      <YAxis scale={y} ticks={thin(panel.yTicks, 24)} label={block.yLabel} from={LEFT} to={LEFT} />
      {panel.tiles.map(tile => (
        <Tile key={tile.title} tile={tile} at={[x(tile.x1), x(tile.x2), y(tile.y2), y(tile.y1)]} />
      ))}
      {panel.lines.map(line => (
        <Limit
          key={line.label}
          line={line}
          from={[x(line.from[0]), y(line.from[1])]}
          to={[x(line.to[0]), y(line.to[1])]}
          right={width - RIGHT}
        />
      ))}
    </svg>
  )
}

type Box = readonly [x1: number, x2: number, top: number, bottom: number]

function Tile({ tile: { step, text, title }, at: [x1, x2, top, bottom] }: { tile: MapTile; at: Box }) {
  const kind = step < 0 ? 'none' : `step-${step}`
  const hasRoom = x2 - x1 > text.length * CHARACTER + 4 && bottom - top > LEAST_HEIGHT
  return (
    <g>
      <title>{title}</title>
      <rect class={`tile ${kind}`} x={x1} y={top} width={Math.max(0.5, x2 - x1)} height={Math.max(0.5, bottom - top)} />
      {hasRoom && (
        <text class={`tile-text ${kind}`} x={(x1 + x2) / 2} y={(top + bottom) / 2} dy="0.35em" text-anchor="middle">
          {text}
        </text>
      )}
    </g>
  )
}

interface LimitProps {
  readonly line: MapLine
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly right: number
}

function Limit({ line, from, to, right }: LimitProps) {
  const d = `M${from.join(' ')}L${to.join(' ')}`
  const isAtTop = to[0] < right - 1
  return (
    <g>
      <path class="halo" d={d} />
      <path class={`limit${line.isDashed ? ' dashed' : ''}`} d={d} />
      <text
        x={isAtTop ? to[0] : to[0] + 4}
        y={isAtTop ? to[1] - 5 : to[1] + 4}
        text-anchor={isAtTop ? 'middle' : 'start'}
        class="limit-text"
      >
        {line.label}
      </text>
    </g>
  )
}
