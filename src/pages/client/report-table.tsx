import { useState } from 'preact/hooks'
import type { TableBlock, TableCell } from '../report-model.ts'
import { Sign } from './signs.tsx'

interface Sorting {
  readonly column: number
  readonly isDown: boolean
}

/** Sorted by a click on a column's head: up, down, and as it was. */
export function ReportTable({ table: { title, columns, rows } }: { table: TableBlock }) {
  const [sorting, setSorting] = useState<Sorting>()
  const next = (column: number): Sorting | undefined => {
    if (sorting?.column !== column) return { column, isDown: false }
    return sorting.isDown ? undefined : { column, isDown: true }
  }
  const sorted = sorting ? rows.toSorted((a, b) => compared(a[sorting.column], b[sorting.column], sorting)) : rows
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too
    <section class="wide" tabIndex={0} aria-label={title}>
      <table class="figures">
        <caption class="spoken">{title}</caption>
        <thead>
          <tr>
            {columns.map(({ label, isNumber }, column) => {
              const own = sorting?.column === column ? sorting : undefined
              return (
                <th
                  key={label}
                  scope="col"
                  class={isNumber ? 'number' : undefined}
                  aria-sort={own ? (own.isDown ? 'descending' : 'ascending') : undefined}
                >
                  <button type="button" class="plain" onClick={() => setSorting(next(column))}>
                    {label} <span aria-hidden="true">{own ? (own.isDown ? '▾' : '▴') : '↕'}</span>
                  </button>
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, number) => (
            <tr key={number}>
              {row.map((cell, column) => {
                const Tag = column === 0 ? 'th' : 'td'
                return (
                  <Tag
                    key={column}
                    scope={column === 0 ? 'row' : undefined}
                    class={columns[column]?.isNumber ? 'number' : undefined}
                  >
                    <Cell {...cell} />
                  </Tag>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Cell({ text, mood, href }: TableCell) {
  const shown = href === undefined ? text : <a href={href}>{text}</a>
  if (mood === undefined) return <>{shown}</>
  return (
    <span class={`status ${mood}`}>
      <Sign result={mood} /> {shown}
    </span>
  )
}

/** Numbers before words, and what has neither last, whichever way. */
function compared(a: TableCell | undefined, b: TableCell | undefined, { isDown }: Sorting): number {
  const sign = isDown ? -1 : 1
  if (a?.sort !== undefined && b?.sort !== undefined) return sign * (a.sort - b.sort)
  if (a?.sort !== undefined) return -1
  if (b?.sort !== undefined) return 1
  return sign * (a?.text ?? '').localeCompare(b?.text ?? '')
}
