import { styleFor } from '../../reporters/style.ts'
import { hang, indent, wrap } from '../../text/layout.ts'
import type { Entry } from './entry.ts'
import { optionTexts } from './options-text.ts'

/** One kind under its heading; `brief`: without options and facts. */
export function listText(
  kind: string,
  entries: readonly Entry[],
  { width, color, brief = false }: { width: number; color: boolean; brief?: boolean },
): string {
  const style = styleFor(color)
  const blocks = entries.map(entry => {
    const lead = `  ${style.bold(entry.name)}  `
    const { available } = entry
    const told = brief ? { name: entry.name, summary: entry.summary, ...(available && { available }) } : entry
    const lines = details(told, style.yellow).map(line => bulleted(line, width))
    return [hang(lead, entry.summary, width), ...lines].join('\n')
  })
  return `${style.bold(style.underline(kind))}\n${blocks.join('\n')}\n`
}

/** A further line of a detail stands a little more to the right than its first. */
const bulleted = (text: string, width: number): string => {
  const [first = '', ...rest] = wrap(text, width - FURTHER)
  return indent([first, ...rest.map(line => `  ${line}`)].join('\n'), FURTHER - 2)
}
const FURTHER = 8

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
