import { formatDuration } from '../../model/duration.ts'
import { pageBundle } from '../../pages/page-bundle.ts'
import { reportHtml } from '../../pages/page-html.ts'
import { forMarkdown as escapedMarkdown, forMarkdownLine, harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { keepaliveMs } from './device-line.ts'
import { deviceReport } from './report/device-page.ts'
import { type Block, documentOf, type Reported } from './report/document.ts'
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

/** Reports by the ending of their file. */
const FORMATS: Readonly<Record<string, (reported: Reported) => string | Promise<string>>> = {
  md: reported => markdownText(documentOf(harmless(reported))),
  html: async reported => reportHtml(deviceReport(harmless(reported)), await pageBundle()),
  json: jsonText,
}

export const formatOf = (file: string): ((reported: Reported) => string | Promise<string>) | undefined =>
  FORMATS[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '']
