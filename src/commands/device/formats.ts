import { formatDuration } from '../../model/duration.ts'
import { forMarkup as escaped, forMarkdown as escapedMarkdown, forMarkdownLine, harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { keepaliveMs } from './device-line.ts'
import { type Block, documentOf, type Reported, titleOf } from './report/document.ts'
import { resultOf } from './report/results.ts'

/** GitHub's Markdown. */
export const markdownText = (blocks: readonly Block[]): string => `${blocks.map(markdownBlock).join('\n\n')}\n`

function markdownBlock(block: Block): string {
  switch (block.is) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escapedMarkdown(block.text)}`
    case 'paragraph':
      return forMarkdownLine(block.text)
    case 'list':
      return block.items.map(item => `- ${forMarkdownLine(item)}`).join('\n')
    case 'table':
      return [
        markdownRow(block.head),
        markdownRow(block.head.map(() => '---')),
        ...block.rows.map(cells => markdownRow(cells.map(escapedMarkdown))),
      ].join('\n')
    case 'lines':
      return fenced(block.lines)
  }
}

const markdownRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function fenced(lines: readonly string[]): string {
  const text = lines.join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/** For programs. `device_report` is the version of this format; times are milliseconds, dated from the device's first CONNACK. */
export const jsonText = (reported: Reported): string => `${harmlessJson(jsonDocumentOf(reported), 2)}\n`

function jsonDocumentOf({ run, setting, limits, listen, upstream, command, evidence }: Reported) {
  const { outcomes, subject, strangers, stopped, zeroMs } = run
  return {
    device_report: 1,
    halfopen: setting.halfopen,
    started: setting.started,
    listen,
    broker: { ...setting.broker, at: upstream },
    result: resultOf(run),
    stopped,
    device: subject ? { ...subject, keepalive_ms: keepaliveMs(subject) } : null,
    others: strangers,
    bounds: {
      give_up: formatDuration(limits.giveUp),
      connack_ms: limits.connackMs,
      back_ms: limits.backMs,
      attempts: limits.attempts,
      backoff_ms: limits.backoffMs,
      refuse: limits.refuse,
    },
    steps: outcomes.map(({ step, result, remarks, scene }) => ({
      name: step.name,
      title: step.title,
      result,
      from_ms: scene ? tenths(scene.fromMs - zeroMs) : null,
      to_ms: scene ? tenths(scene.toMs - zeroMs) : null,
      remarks,
      repeat: `${command} --only ${step.name}`,
    })),
    evidence: evidence ?? null,
  }
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10

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

/** Reports by the ending of their file. */
const FORMATS: Readonly<Record<string, (reported: Reported) => string>> = {
  md: reported => markdownText(documentOf(harmless(reported))),
  html: reported => htmlText(titleOf(harmless(reported)), documentOf(harmless(reported))),
  json: jsonText,
}

export const formatOf = (file: string): ((reported: Reported) => string) | undefined =>
  FORMATS[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '']
