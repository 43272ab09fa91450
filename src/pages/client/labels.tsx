import type { CheckPage, StandstillPage } from '../page-model.ts'
import type { Timeline } from './data.ts'
import { type ConnectionLife, middle, type Rows } from './figures.ts'

interface Props {
  readonly checks: readonly CheckPage[]
  readonly check: CheckPage | undefined
  readonly timeline: Timeline
  readonly rows: Rows
  readonly lives: readonly ConnectionLife[]
  readonly left: number
  readonly onCheck: (check: CheckPage) => void
}

/** Who is who, at the left of each row. */
export function Labels({ checks, check, timeline, rows, lives, left, onCheck }: Props) {
  const isNarrow = left < 100
  const word = (long: string, short: string) => (isNarrow ? short : long)
  return (
    <g class="labels">
      {checks.map((each, number) => {
        const row = rows.checks[number]
        const classes = `check-label ${each.result}${each === check ? ' chosen' : ''}`
        return (
          row && (
            // biome-ignore lint/a11y/noStaticElementInteractions: a short cut for a pointer; the links above do the same.
            <g key={each.slug} class={classes} onClick={() => onCheck(each)}>
              <rect x={0} y={row.y + 1} width={left} height={row.height - 2} />
              <text x={4} y={middle(row) + 4}>
                {cut(each.check, isNarrow ? 12 : 19)}
              </text>
            </g>
          )
        )
      })}
      {timeline.faults.length > 0 && <Label y={middle(rows.fault) + 2} text="Fault" />}
      <Label y={middle(rows.application)} text={word('Application', 'App')} />
      {rows.lanes.map((lane, number) => (
        <g key={lane.link.y}>
          <Label y={middle(lane.client)} text={word("Client's edge", 'Client')} />
          <Label
            dim
            y={middle(lane.link)}
            text={linkText(
              lives.filter(life => life.lane === number).map(({ conn }) => conn),
              isNarrow,
            )}
          />
          <Label y={middle(lane.broker)} text={word("Broker's edge", 'Broker')} />
        </g>
      ))}
      <Label y={middle(rows.broker)} text={word('Broker says', 'Says')} />
      <Label y={middle(rows.witness)} text="Witness" />
      {timeline.standstills.some(isOfAll) && <Label dim y={middle(rows.machine)} text="halfopen" />}
    </g>
  )
}

const isOfAll = ({ of }: StandstillPage): boolean => of === 'harness' || of === 'all'

const Label = ({ y, text, dim = false }: { y: number; text: string; dim?: boolean }) => (
  <text class={dim ? 'dim' : undefined} x={4} y={y + 4}>
    {text}
  </text>
)

export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function linkText(conns: readonly number[], isShort: boolean): string {
  if (conns.length === 0) return 'Link'
  const list =
    conns.length > 3 ? `${conns.length} connections` : `connection${conns.length > 1 ? 's' : ''} ${conns.join(', ')}`
  return isShort ? `Link ${conns.length > 3 ? conns.length : conns.join(', ')}` : list
}
