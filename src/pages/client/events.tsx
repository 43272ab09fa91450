import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Event, isPassing } from '../../model/event.ts'
import type { Timeline } from './data.ts'
import { isOf } from './figures.ts'
import { detailOf, moment, nameOf, placeOf, type Unit } from './page-words.ts'

interface Props {
  readonly timeline: Timeline
  readonly device: number
  readonly unit: Unit
  readonly zeroMs: number
  readonly keepaliveMs: number
  readonly event: number | undefined
  readonly onEvent: (event: number) => void
}

const KINDS = {
  all: () => true,
  packets: isPassing,
  'no packets': (event: Event) => !isPassing(event),
  log: (event: Event) => event.what === 'log' || ('note' in event && event.note !== undefined),
} as const
type Kind = keyof typeof KINDS

const PAGE = 200

/** The table behind the picture. */
export function Events({ timeline, device, unit, zeroMs, keepaliveMs, event, onEvent }: Props) {
  const [kind, setKind] = useState<Kind>('all')
  const [first, setFirst] = useState(0)
  const table = useRef<HTMLElement>(null)
  const listed = useMemo(
    () => timeline.events.flatMap((each, number) => (isOf(each, device) && KINDS[kind](each) ? [number] : [])),
    [timeline, device, kind],
  )
  useEffect(() => setFirst(0), [listed])
  useEffect(() => {
    if (event === undefined) return
    const index = listed.indexOf(event)
    if (index >= 0) setFirst(Math.floor(index / PAGE) * PAGE)
  }, [event, listed])
  useEffect(() => {
    const row = table.current?.querySelector<HTMLElement>('tr.chosen')
    if (row && table.current) table.current.scrollTop = row.offsetTop - table.current.clientHeight / 2
  }, [event, first])
  return (
    <>
      <fieldset class="pager" aria-label="Which events">
        {(Object.keys(KINDS) as Kind[]).map(each => (
          <button key={each} type="button" aria-pressed={each === kind} onClick={() => setKind(each)}>
            {each}
          </button>
        ))}
        <span class="dim">{listed.length} events</span>
        {listed.length > PAGE && (
          <>
            <button
              type="button"
              disabled={first === 0}
              onClick={() => setFirst(first - PAGE)}
              aria-label="Earlier events"
            >
              ←
            </button>
            <span>
              {first + 1} to {Math.min(first + PAGE, listed.length)}
            </span>
            <button
              type="button"
              disabled={first + PAGE >= listed.length}
              onClick={() => setFirst(first + PAGE)}
              aria-label="Later events"
            >
              →
            </button>
          </>
        )}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too (axe: scrollable-region-focusable) */}
      <section class="scroll" ref={table} tabIndex={0} aria-label="Table of events">
        <table class="events">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Where</th>
              <th scope="col">What</th>
              <th scope="col">Details</th>
            </tr>
          </thead>
          <tbody>
            {listed.slice(first, first + PAGE).map(number => {
              const each = timeline.events[number] as Event
              return (
                <tr key={number} class={number === event ? 'chosen' : undefined}>
                  <td class="number">
                    <button type="button" class="plain" onClick={() => onEvent(number)}>
                      {moment(each.atMs, zeroMs, unit, keepaliveMs)}
                    </button>
                  </td>
                  <td>
                    {placeOf(each)}
                    {each.conn === undefined || each.conn === 1 ? '' : ` (${each.conn})`}
                  </td>
                  <td>{nameOf(each)}</td>
                  <td class="details">{detailOf(each)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </>
  )
}
