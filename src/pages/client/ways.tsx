import { heldFromMs } from '../../evidence/passages.ts'
import { isPassing } from '../../model/event.ts'
import type { Frame } from './drawing.tsx'
import type { PageScene } from './page-scene.ts'
import { type Family, familyOf } from './page-words.ts'

/** How far what never arrived is followed, in pixels. */
const TRAIL = 18

interface Lines {
  /** Of each family of packets. */
  readonly through: Map<Family, string>
  lost: string
  stops: string
  bars: string
}

/**
 * The ways of packets: through, held and then through, or to where the path is dead. All that look alike are one path, so that thousands
 * move as one.
 */
export function Ways({ ways, frame }: { ways: PageScene['ways']; frame: Frame }) {
  const lines: Lines = { through: new Map(), lost: '', stops: '', bars: '' }
  for (const way of ways) add(lines, way, frame)
  return (
    <g class="ways">
      {[...lines.through].map(([family, d]) => (
        <path key={family} class={`way ${family}`} d={d} />
      ))}
      <path class="way lost" d={lines.lost} />
      <path class="way stop" d={lines.stops} />
      <path class="way bar" d={lines.bars} />
    </g>
  )
}

function add(lines: Lines, { passage, lane, until }: PageScene['ways'][number], { x, rows, timeline }: Frame): void {
  const [entered, left] = [timeline.events[passage[0]], timeline.events[passage[1]]]
  const at = rows.lanes[lane]
  if (!entered || !at || !isPassing(entered)) return
  const isUp = entered.flow === 'up'
  const { y: top, height } = at.link
  const [start, end] = isUp ? [top, top + height] : [top + height, top]
  const turn = isUp ? top + height * 0.3 : top + height * 0.7
  const family = familyOf(entered)
  const draw = (d: string): void => {
    lines.through.set(family, (lines.through.get(family) ?? '') + d)
  }
  const from = Number(x(entered.atMs).toFixed(1))
  if (!left) {
    draw(`M${from} ${start}V${turn}`)
    lines.lost += `M${from} ${turn}H${Math.min(from + TRAIL, Math.max(from, x(until)))}`
    lines.stops += `M${from - 4} ${turn - 4}l8 8m0-8l-8 8`
    return
  }
  const to = Number(x(left.atMs).toFixed(1))
  const head = isUp ? -5 : 5
  draw(`M${to - 3} ${end + head}L${to} ${end}L${to + 3} ${end + head}`)
  if (left.atMs - entered.atMs <= heldFromMs(timeline.resolutionMs) || to - from <= 8) {
    draw(`M${from} ${start}L${to} ${end}`)
    return
  }
  draw(`M${from} ${start}V${turn}M${to} ${turn}V${end}`)
  lines.bars += `M${from} ${turn - 3}H${to}v6H${from}Z`
}
