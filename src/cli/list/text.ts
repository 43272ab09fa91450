import { hang, indent, wrap } from '../../reporters/layout.ts'
import { styleFor } from '../../reporters/style.ts'
import type { Entry } from './entry.ts'
import { optionTexts } from './options-text.ts'

const INDENT = 6

/** One kind under its heading. */
export function listText(
  kind: string,
  entries: readonly Entry[],
  { width, color }: { width: number; color: boolean },
): string {
  const style = styleFor(color)
  const blocks = entries.map(entry => {
    const lead = `  ${style.bold(entry.name)}  `
    const lines = details(entry, style.yellow).flatMap(line => indent(wrap(line, width - INDENT).join('\n'), INDENT))
    return [hang(lead, entry.summary, width), ...lines].join('\n')
  })
  return `${style.bold(style.underline(kind))}\n${blocks.join('\n')}\n`
}

function details({ options, facts, available }: Entry, warn: (text: string) => string): string[] {
  const lines = options ? optionTexts(options) : []
  for (const [fact, value] of Object.entries(facts ?? {})) {
    const text = Array.isArray(value) ? value.join(', ') : String(value)
    if (text !== '') lines.push(`${fact}: ${text}`)
  }
  if (available && available !== true) {
    lines.push(
      warn(`not usable here: ${available.reason}${available.remedy ? `; to add it: ${available.remedy}` : ''}`),
    )
  }
  return lines
}
