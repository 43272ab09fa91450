import { isPassing } from '../../model/event.ts'
import type { Timeline } from './data.ts'
import { FAMILY_WORDS, type Family, familyOf } from './page-words.ts'
import { GLYPHS } from './signs.tsx'

/** What the marks mean that are in this timeline. */
export function Legend({ timeline }: { timeline: Timeline }) {
  const met = new Set<Family>(timeline.events.flatMap(event => (isPassing(event) ? [familyOf(event)] : [])))
  const some = (what: string) => timeline.events.some(event => event.what === what)
  return (
    <ul class="legend" aria-label="Legend">
      {(Object.keys(FAMILY_WORDS) as Family[])
        .filter(family => met.has(family))
        .map(family => (
          <li key={family}>
            <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
              <g class={`mark ${family} sent`}>
                <path d={GLYPHS[family]} />
              </g>
            </svg>
            {FAMILY_WORDS[family]}
          </li>
        ))}
      <li>
        <svg width="30" height="14" viewBox="-7 -7 30 14" aria-hidden="true">
          <g class="mark told-shape sent">
            <path d={GLYPHS.alive} />
          </g>
          <g class="mark told-shape arrived" transform="translate(15 0)">
            <path d={GLYPHS.alive} />
          </g>
        </svg>
        sent, arrived
      </li>
      {timeline.passages.some(([, left]) => left < 0) && (
        <li>
          <svg width="26" height="14" viewBox="0 -7 26 14" aria-hidden="true">
            <g>
              <path class="way stop" d="M0-4l8 8m0-8l-8 8" />
              <path class="way lost" d="M8 0H26" />
            </g>
          </svg>
          never arrived
        </li>
      )}
      <li>
        <svg width="26" height="14" viewBox="0 -7 26 14" aria-hidden="true">
          <g>
            <rect class="way bar" x="1" y="-3" width="24" height="6" rx="3" />
          </g>
        </svg>
        held
      </li>
      <li>
        <svg width="26" height="14" viewBox="0 -7 26 14" aria-hidden="true">
          <rect class="half-open" x="0" y="-7" width="26" height="14" />
        </svg>
        half-open: one side does not know
      </li>
      {timeline.standstills.length > 0 && (
        <li>
          <svg width="26" height="14" viewBox="0 -7 26 14" aria-hidden="true">
            <rect class="standstill" x="0" y="-7" width="26" height="14" />
          </svg>
          got no processor, or stood still
        </li>
      )}
      {(some('fin') || some('rst')) && (
        <li>
          <b class="glyph">▮</b> FIN <b class="glyph bad">✕</b> RST
        </li>
      )}
      <li>
        <svg width="30" height="14" viewBox="0 -7 30 14" aria-hidden="true">
          <g class="bracket pass">
            <rect class="allowed" x="1" y="-6" width="28" height="12" />
            <path class="edges" d="M5-6H1V6H5M25-6H29V6H25" />
            <path class="seen" transform="translate(18 0) scale(.8)" d={GLYPHS.alive} />
          </g>
        </svg>
        allowed, and when it was
      </li>
    </ul>
  )
}
