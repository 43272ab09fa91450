import { scaleLinear } from 'd3-scale'
import { useState } from 'preact/hooks'
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
const NARROW = 600
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

/** How far each key goes from a cell to the next one that there is, on both axes. */
const STEPS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

/** The cell that a key leads to from this one; the first key leads into the map, at its lower left. */
function cellAt(tiles: readonly MapTile[], from: MapTile | undefined, key: string): MapTile | undefined {
  const inOrder = tiles.toSorted((a, b) => a.at[1] - b.at[1] || a.at[0] - b.at[0])
  const row = inOrder.filter(({ at }) => at[1] === from?.at[1])
  if (key === 'Home') return row[0] ?? inOrder[0]
  if (key === 'End') return row.at(-1) ?? inOrder.at(-1)
  const step = STEPS[key]
  if (!step || !from) return step && inOrder[0]
  const [axis, way] = step[0] === 0 ? ([1, step[1]] as const) : ([0, step[0]] as const)
  const beside = inOrder.filter(
    ({ at }) => at[1 - axis] === from.at[1 - axis] && ((at[axis] ?? 0) - (from.at[axis] ?? 0)) * way > 0,
  )
  return (way > 0 ? beside[0] : beside.at(-1)) ?? from
}

function Drawing({ panel, block, width }: { panel: Panel; block: MapsBlock; width: number }) {
  const [chosen, setChosen] = useState<MapTile>()
  const onKeyDown = (pressed: KeyboardEvent) => {
    const { key } = pressed
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return
    if (key === 'Escape') return setChosen(undefined)
    const next = cellAt(panel.tiles, chosen, key)
    if (!next) return
    pressed.preventDefault()
    setChosen(next)
  }
  return (
    <>
      <div
        class="cells"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its arrow keys go from cell to cell
        tabIndex={0}
        role="application"
        aria-label={`Heat map of ${panel.tiles.length} cells: ${block.title}. The arrows go from cell to cell. Its figures are in the table below it.`}
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(undefined)}
      >
        <Cells panel={panel} block={block} width={width} chosen={chosen} />
        {chosen && <div class="tip cell-tip">{chosen.title}</div>}
      </div>
      <p class="spoken" aria-live="polite">
        {chosen?.title}
      </p>
    </>
  )
}

interface CellsProps {
  readonly panel: Panel
  readonly block: MapsBlock
  readonly width: number
  readonly chosen: MapTile | undefined
}

function Cells({ panel, block, width, chosen }: CellsProps) {
  const height = Math.round(Math.min(620, Math.max(300, width * 0.62)))
  const bottom = height - BOTTOM
  const x = scaleLinear(panel.x, [LEFT, width - RIGHT])
  // On a phone the name of the axis reaches over the map: the names of the lines go below it.
  const top = width < NARROW ? TOP + 16 : TOP
  const y = scaleLinear(panel.y, [bottom, top])
  const thin = (ticks: readonly number[], room: number) => {
    const every = Math.max(1, Math.ceil((ticks.length * room) / (width - LEFT - RIGHT)))
    return ticks.filter((_, i) => i % every === 0)
  }
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={block.title}>
      <rect class="tile unplayed" x={LEFT} y={top} width={width - RIGHT - LEFT} height={bottom - top} />
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
      {chosen && (
        <rect
          class="chosen-cell"
          x={x(chosen.x1)}
          y={y(chosen.y2)}
          width={Math.max(2, x(chosen.x2) - x(chosen.x1))}
          height={Math.max(2, y(chosen.y1) - y(chosen.y2))}
        />
      )}
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
