import type { CheckPage, ScenarioPage } from '../page-model.ts'
import { type Timeline, theRun } from './data.ts'
import { Sign } from './signs.tsx'

/** The scenario's file; a line that expects something leads to its check. */
export function Source({
  scenario,
  check,
  timeline,
}: {
  scenario: ScenarioPage
  check: CheckPage | undefined
  timeline: Timeline | undefined
}) {
  const source = theRun.sources[scenario.source ?? -1]
  if (!source) return null
  const faultLines = new Set(timeline?.faults.map(({ line }) => line))
  return (
    <section aria-labelledby="source">
      <h2 id="source">Scenario</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too */}
      <pre class="source" tabIndex={0}>
        {source.text
          .trimEnd()
          .split('\n')
          .map((text, index) => {
            const own = scenario.checks.filter(({ line }) => line === index + 1)
            const worst =
              own.find(({ result }) => result === 'fail') ?? own.find(({ result }) => result !== 'pass') ?? own[0]
            const isChosen = check?.line === index + 1
            return (
              <div
                key={index}
                class={`line${isChosen ? ' chosen' : ''}${faultLines.has(index + 1) ? ' fault-line' : ''}`}
              >
                <span class="number" aria-hidden="true">
                  {index + 1}
                </span>
                {worst ? (
                  <a class={worst.result} href={`#${scenario.slug}/${worst.slug}`}>
                    {text}
                  </a>
                ) : (
                  text
                )}
                {worst && <Sign result={worst.result} size={12} />}
              </div>
            )
          })}
      </pre>
    </section>
  )
}
