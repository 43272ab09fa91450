import { type Event, isPassing } from '../../model/event.ts'
import { familyOf } from './page-words.ts'
import { GLYPHS } from './signs.tsx'

interface MarkProps {
  readonly event: Event
  readonly x: number
  readonly y: number
  readonly count: number
  readonly number: number
  readonly chosen: boolean
}

/** Sent: filled; arrived: hollow. Several at one place: their number. */
export function Mark({ event, x, y, count, number, chosen }: MarkProps) {
  const where = `translate(${x.toFixed(1)} ${y})`
  const classes = ['mark', markClass(event), ...(chosen ? ['chosen'] : [])].join(' ')
  if (count > 1)
    return (
      <g class={`${classes} many`} transform={where} data-event={number}>
        <rect x={-5} y={-8} width={count > 99 ? 26 : count > 9 ? 19 : 13} height={16} rx={3} />
        <text x={count > 99 ? 8 : count > 9 ? 4.5 : 1.5} y={4} text-anchor="middle">
          {count > 999 ? '…' : count}
        </text>
      </g>
    )
  return (
    <g class={classes} transform={where} data-event={number}>
      <rect class="target" x={-7} y={-11} width={14} height={22} />
      <path d={glyphOf(event)} />
    </g>
  )
}

function markClass(event: Event): string {
  if (isPassing(event)) {
    const isSent = (event.flow === 'up') === (event.edge === 'client')
    return `${familyOf(event)} ${isSent ? 'sent' : 'arrived'}`
  }
  return event.what === 'rst' || event.what === 'error' ? 'bad sent' : 'told sent'
}

function glyphOf(event: Event): string {
  if (isPassing(event)) return GLYPHS[familyOf(event)]
  if (event.what === 'rst')
    return 'M-4.5-6.500 0-2 4.500-6.500 6.500-4.500 2 0 6.500 4.500 4.500 6.500 0 2-4.500 6.500-6.500 4.500-2 0-6.500-4.500Z'
  if (event.what === 'fin') return 'M-2-8H2V8H-2Z'
  if (event.what === 'open') return 'M-2-8H0V8H-2Z'
  return 'M-5-4H5V2.500H0L-3 5.500V2.500H-5Z'
}
