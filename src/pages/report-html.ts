import { forMarkup } from '../text/harmless.ts'
import type { ReportBlock, ReportPage, TableBlock, TableCell } from './report-model.ts'

/** A report for who lets no script run: all of it in words, its pictures as tables. */
export function reportWithoutScript({ kind, answer, lead, blocks, environment }: ReportPage): string {
  return [
    `<p>${forMarkup(kind)}</p><h1>${forMarkup(answer)}</h1>`,
    ...lead.map(text => `<p>${forMarkup(text)}</p>`),
    ...blocks.map(blockMarkup),
    facts(environment),
  ].join('\n')
}

function blockMarkup(block: ReportBlock): string {
  switch (block.is) {
    case 'heading':
      return `<h${block.level}>${forMarkup(block.mark ? `${block.text}: ${block.mark.word ?? block.mark.mood}` : block.text)}</h${block.level}>`
    case 'paragraph':
      return `<p>${forMarkup(block.text)}</p>`
    case 'list':
      return items(
        block.items.map(item => (typeof item === 'string' ? item : `${item.word ?? item.mood}: ${item.text}`)),
      )
    case 'facts':
      return facts(block.facts)
    case 'code':
      return `<pre>${forMarkup(block.text)}</pre>`
    case 'cause': {
      const { rank, title, rankWords, bounds, pro, contra, ruledOut } = block.cause
      const reasons = [...bounds, ...pro.map(text => `for: ${text}`), ...contra.map(text => `against: ${text}`)]
      return `<h3>${rank}. ${forMarkup(title)} (${forMarkup(rankWords)})</h3>${items(ruledOut ? [ruledOut, ...reasons] : reasons)}`
    }
    case 'table':
      return tableMarkup(block.table)
    case 'maps':
      return block.maps.maps
        .map(({ title, tiles }) => `<h3>${forMarkup(title)}</h3>${items(tiles.map(tile => tile.title))}`)
        .join('')
    case 'points':
      return items(block.points.series.map(({ label }) => label))
    case 'spans':
      return items(block.spans.rows.map(({ label, words }) => `${label}: ${words}`))
    case 'timeline':
      return ''
  }
}

const items = (texts: readonly string[]): string =>
  `<ul>${texts.map(text => `<li>${forMarkup(text)}</li>`).join('')}</ul>`

const facts = (pairs: readonly (readonly [string, string])[]): string =>
  `<dl>${pairs.map(([name, value]) => `<dt>${forMarkup(name)}</dt><dd>${forMarkup(value)}</dd>`).join('')}</dl>`

function tableMarkup({ title, columns, rows }: TableBlock): string {
  const head = columns.map(({ label }) => `<th>${forMarkup(label)}</th>`).join('')
  const lines = rows.map(row => `<tr>${row.map(cellMarkup).join('')}</tr>`)
  return `<table><caption>${forMarkup(title)}</caption><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table>`
}

const cellMarkup = ({ text, href }: TableCell): string =>
  `<td>${href === undefined ? forMarkup(text) : `<a href="${forMarkup(href)}">${forMarkup(text)}</a>`}</td>`
