import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { forMarkup, harmless, harmlessLines } from '../text/harmless.ts'
import type { RunPage, TimelinePage } from './page-model.ts'
import { reportWithoutScript } from './report-html.ts'
import type { ReportBlock, ReportPage } from './report-model.ts'
import type { RunPageParts } from './run-page.ts'

/** The page's own script and style, as Vite made them of src/pages/client. */
export interface PageBundle {
  readonly script: string
  readonly style: string
}

/** The page of a run. What is seen first is plain JSON; each timeline is compressed and read when it is opened. */
export const pageHtml = ({ page, timelines }: RunPageParts, bundle: PageBundle): string =>
  inShell(
    {
      title: `${page.answer}: ${page.title}`,
      halfopen: page.halfopen,
      id: 'run',
      json: JSON.stringify(page),
      timelines,
      withoutScript: withoutScript(page),
    },
    bundle,
  )

export interface ReportParts {
  readonly page: ReportPage
  /** Of each block that is a timeline, by its slug. */
  readonly timelines?: ReadonlyMap<string, TimelinePage>
}

/** Any other page, in the same shell; whatever its texts hold, they steer nothing. */
export function reportHtml({ page, timelines = new Map() }: ReportParts, bundle: PageBundle): string {
  const still = { ...harmless(page), blocks: page.blocks.map(harmlessBlock) }
  return inShell(
    {
      title: `${still.kind}: ${still.answer}`,
      halfopen: still.halfopen,
      id: 'report',
      json: JSON.stringify(still),
      timelines: new Map([...timelines].map(([slug, timeline]) => [slug, harmless(timeline)])),
      withoutScript: reportWithoutScript(still),
    },
    bundle,
  )
}

/** Only code has lines. */
const harmlessBlock = (block: ReportBlock): ReportBlock =>
  block.is === 'code' ? { ...harmless(block), text: harmlessLines(block.text) } : harmless(block)

interface Shell {
  readonly title: string
  readonly halfopen: string
  /** Of the element with the data, by which the script knows what kind of page this is. */
  readonly id: 'run' | 'report'
  readonly json: string
  readonly timelines: ReadonlyMap<string, TimelinePage>
  readonly withoutScript: string
}

/**
 * One file that needs nothing else. The policy lets no other script run than ours, and lets nothing be fetched, whatever stands
 * in the data.
 */
function inShell(shell: Shell, { script, style }: PageBundle): string {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`
  const packed = [...shell.timelines].map(
    ([slug, timeline]) =>
      `<script type="application/gzip" data-timeline="${forMarkup(slug)}">${gzipSync(JSON.stringify(timeline), { level: 9 }).toString('base64')}</script>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="halfopen ${forMarkup(shell.halfopen)}">
<title>${forMarkup(shell.title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>${shell.withoutScript}</noscript>
<script type="application/json" id="${shell.id}">${inScript(shell.json)}</script>
${packed.join('\n')}
<script>${script}</script>
</body>
</html>
`
}

/** What can't end the element, or begin a comment in it (HTML Living Standard §4.12.1.3). */
const inScript = (json: string): string => json.replaceAll('<', '\\u003c')

/** The answer for who lets no script run: what did not pass, and why. */
function withoutScript({ answer, scenarios }: RunPage): string {
  const bad = scenarios.filter(({ result }) => result === 'fail' || result === 'inconclusive')
  const items = bad.map(({ name, result, words, checks }) => {
    const reasons = [...words, ...checks.filter(check => check.result === result).map(({ reason }) => reason)]
    return `<h2>${result}: ${forMarkup(name)}</h2><ul>${reasons.map(text => `<li>${forMarkup(text)}</li>`).join('')}</ul>`
  })
  return `<h1>${forMarkup(answer)}</h1>${items.join('')}<p>The timelines need a script; this file has it, and fetches nothing.</p>`
}
