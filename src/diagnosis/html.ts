import { forMarkup as escaped } from '../text/harmless.ts'
import type { Reproduction } from './scenario.ts'

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; color: #000; background: #fff }
section { border-top: 1px solid #999; padding: 0.2rem 0 } li { margin: 0.2rem 0 } h2 { font-size: 1.1rem }
pre { font-size: 13px; line-height: 1.3; overflow-x: auto; background: #f4f4f4; padding: 0.5rem }
@media print { body { margin: 0 } pre { background: none } }`

/** The same words as in the terminal, as a page that stands alone: a section for each finding, a list for its reasons. */
export function diagnosisHtml(title: string, text: string, scenario: Reproduction | undefined): string {
  const sections = text
    .split('\n\n')
    .filter(block => block.trim() !== '')
    .map(sectionOf)
  const played = scenario
    ? `<section><h2>A scenario that plays it (${escaped(scenario.cause)})</h2><pre>${escaped(scenario.text)}</pre></section>`
    : ''
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>${STYLE}
</style></head><body>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
${played}
</body></html>
`
}

function sectionOf(block: string): string {
  const [first = '', ...rest] = block.trim().split('\n')
  if (rest.length === 0) return `<section><p>${escaped(first)}</p></section>`
  const items = rest.map(line => `<li>${escaped(line.trim())}</li>`)
  return `<section><h2>${escaped(first)}</h2><ul>${items.join('')}</ul></section>`
}
