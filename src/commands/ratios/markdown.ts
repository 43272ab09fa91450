import { forMarkdown } from '../../text/escapes.ts'
import { LEGEND, notes, origin } from './notes.ts'
import type { RatioTable } from './ratio-table.ts'
import { type Section, sections } from './sections.ts'

/** The whole table as Markdown, pairs included: a file has room for them. */
export const markdownText = (table: RatioTable): string =>
  [
    '# Ratio table',
    origin(table)
      .map(text => `${escaped(text)}.`)
      .join('  \n'),
    ...sections(table, true).map(section => `## ${section.title}\n\n${grid(section)}`),
    ...(notes(table, true).length > 0
      ? [
          notes(table, true)
            .map(text => `- ${escaped(text)}`)
            .join('\n'),
        ]
      : []),
    ...LEGEND.map(escaped),
    '',
  ].join('\n\n')

const grid = ({ head, rows }: Section): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cellText).join(' | ')} |`).join('\n')

const cellText = (cell: string): string => escaped(cell.replaceAll('\n', ' '))

/** Whatever a library says must not become a column or a tag. */
const escaped = forMarkdown
