import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { forMarkup } from '../text/harmless.ts'
import type { RunPage } from './page-model.ts'
import type { RunPageParts } from './run-page.ts'

/** The page's own script and style, as Vite made them of src/pages/client. */
export interface PageBundle {
  readonly script: string
  readonly style: string
}

/**
 * One file that needs nothing else. What is seen first is plain JSON; each timeline is compressed and read when it is opened. The policy
 * lets no other script run than ours, and lets nothing be fetched, whatever stands in the data.
 */
export function pageHtml({ page, timelines }: RunPageParts, { script, style }: PageBundle): string {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`
  const packed = [...timelines].map(
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
<meta name="generator" content="halfopen ${forMarkup(page.halfopen)}">
<title>${forMarkup(`${page.answer}: ${page.title}`)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>${withoutScript(page)}</noscript>
<script type="application/json" id="run">${inScript(JSON.stringify(page))}</script>
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
