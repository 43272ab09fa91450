import { forMarkdown as escaped, forMarkdownLine } from '../../text/harmless.ts'
import type { Block } from './block.ts'

/** GitHub's Markdown. */
export const markdownText = (blocks: readonly Block[]): string => `${blocks.map(blockText).join('\n\n')}\n`

function blockText(block: Block): string {
  switch (block.is) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`
    case 'paragraph':
      return forMarkdownLine(block.text)
    case 'list':
      return block.items.map(item => `- ${forMarkdownLine(item)}`).join('\n')
    case 'table':
      return [
        row(block.head),
        row(block.head.map(() => '---')),
        ...block.rows.map(cells => row(cells.map(escaped))),
      ].join('\n')
    case 'lines':
      return fenced(block.lines)
  }
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function fenced(lines: readonly string[]): string {
  const text = lines.join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}
