import { document } from '../../reporters/draw/svg.ts'
import { forMarkup as escaped } from '../../text/escapes.ts'
import { LEGEND, notes, origin } from './notes.ts'
import { plotOf } from './ratio-plot.ts'
import type { RatioTable } from './ratio-table.ts'
import { rowsOf, type Section, sections } from './sections.ts'

/** The whole table as a page of its own: plots, tables, pairs included. */
export function pageText(table: RatioTable): string {
  const plots = (['client', 'broker'] as const)
    .filter(role => rowsOf(table, role).length > 0)
    .map(role => document(plotOf(table, role), 0))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>halfopen: ratio table</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; color: #000; background: #fff }
svg { max-width: 100%; height: auto } table { border-collapse: collapse; margin: 1rem 0 } th, td { text-align: left; vertical-align: top; padding: 2px 12px 2px 0; border-bottom: 1px solid #bbb; white-space: pre-line }
</style></head><body>
<h1>Ratio table</h1>
${paragraphs(origin(table))}
${plots.join('\n')}
${sections(table, true).map(grid).join('\n')}
${paragraphs([...notes(table, true), ...LEGEND])}
</body></html>
`
}

const paragraphs = (texts: readonly string[]): string => texts.map(text => `<p>${escaped(text)}</p>`).join('\n')

const grid = ({ title, head, rows }: Section): string =>
  `<h2>${escaped(title)}</h2>\n<table><thead>${line(head, 'th')}</thead><tbody>\n${rows.map(row => line(row, 'td')).join('\n')}\n</tbody></table>`

const line = (cells: readonly string[], tag: string): string =>
  `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
