import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { select } from 'd3-selection'
import { type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Timeline } from './data.ts'

const CLOSEST = 20_000
/** Between the edge of the plot and what happened first, in pixels. */
const MARGIN = 10

type Range = readonly [fromMs: number, toMs: number]

export interface Zoom {
  readonly picture: { current: SVGSVGElement | null }
  /** From milliseconds to pixels, of what is in view. */
  readonly x: ScaleLinear<number, number>
  show(range: Range): void
  scaleBy(factor: number): void
  panBy(pixels: number): void
}

/** What of the timeline is in view, and the ways to change it. At most one drawing for each frame of the screen. */
export function useZoom({ fromMs, toMs }: Timeline, left: number, right: number): Zoom {
  const picture = useRef<SVGSVGElement>(null)
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined)
  const [transform, setTransform] = useState(zoomIdentity)
  const base = useMemo(
    () => scaleLinear([fromMs, toMs + (toMs - fromMs) * 0.02], [left + MARGIN, right]),
    [fromMs, toMs, left, right],
  )
  useEffect(() => {
    if (!picture.current) return
    let asked = 0
    let wanted = zoomIdentity
    const draw = () => {
      asked = 0
      setTransform(wanted)
    }
    behavior.current = zoom<SVGSVGElement, unknown>()
      .scaleExtent([1, CLOSEST])
      .extent([
        [left, 0],
        [right, 1],
      ])
      .translateExtent([
        [left, 0],
        [right, 1],
      ])
      // The wheel alone scrolls the page.
      .filter(input => (input.type === 'wheel' ? input.ctrlKey || input.metaKey || input.shiftKey : !input.button))
      .on('zoom', ({ transform: next }) => {
        wanted = next
        if (asked === 0) asked = requestAnimationFrame(draw)
      })
    select(picture.current).call(behavior.current)
    return () => cancelAnimationFrame(asked)
  }, [left, right])

  const act = (change: (zooming: ZoomBehavior<SVGSVGElement, unknown>, on: SVGSVGElement) => void) => {
    if (picture.current && behavior.current) change(behavior.current, picture.current)
  }
  return {
    picture,
    x: useMemo(() => transform.rescaleX(base), [transform, base]),
    show: ([first, last]) =>
      act((zooming, on) => {
        const [from, to] = [base(first), base(last)]
        const k = Math.min(CLOSEST, Math.max(1, (right - left - MARGIN) / Math.max(1e-6, to - from)))
        const next = k === 1 ? zoomIdentity : zoomIdentity.translate(left + MARGIN - from * k, 0).scale(k)
        select(on).call(zooming.transform, next)
      }),
    scaleBy: factor => act((zooming, on) => select(on).call(zooming.scaleBy, factor)),
    panBy: pixels => act((zooming, on) => select(on).call(zooming.translateBy, pixels / transform.k, 0)),
  }
}

/** How wide an element is. */
export function useWidth(): readonly [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(960)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const measure = () => setWidth(Math.max(320, element.clientWidth))
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [])
  return [box, width]
}
