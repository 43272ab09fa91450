import { forMarkup as escaped } from '../../text/harmless.ts'
import type { Block } from './block.ts'

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; color: #000; background: #fff }
table { border-collapse: collapse } th, td { border: 1px solid #999; padding: 0.2rem 0.5rem; text-align: left; vertical-align: top }
pre { font-size: 13px; line-height: 1.3; overflow-x: auto; background: #f4f4f4; padding: 0.5rem }
@media print { body { margin: 0 } pre { page-break-inside: auto; background: none } }`

/** One page that stands alone. */
export const htmlText = (title: string, blocks: readonly Block[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>${STYLE}
</style></head><body>
${blocks.map(blockText).join('\n')}
</body></html>
`

function blockText(block: Block): string {
  switch (block.is) {
    case 'heading':
      return tag(`h${block.level}`, escaped(block.text))
    case 'paragraph':
      return tag('p', escaped(block.text))
    case 'list':
      return tag('ul', block.items.map(item => tag('li', escaped(item))).join(''))
    case 'table':
      return tag('table', [row('th', block.head), ...block.rows.map(cells => row('td', cells))].join('\n'))
    case 'lines':
      return tag('pre', escaped(block.lines.join('\n')))
  }
}

const row = (cell: 'th' | 'td', cells: readonly string[]): string =>
  tag('tr', cells.map(text => tag(cell, escaped(text))).join(''))
const tag = (name: string, inner: string): string => `<${name}>${inner}</${name}>`
