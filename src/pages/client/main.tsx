import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ReportPage } from '../report-model.ts'
import { Beside } from './beside.tsx'
import { WITH } from './choice.tsx'
import { theReport, theRun } from './data.ts'
import { Overview } from './overview.tsx'
import { ReportView } from './report.tsx'
import { ScenarioView } from './scenario.tsx'
import './page.css'

/** `#scenario/check`: what is looked at stands in the address, so that it can be sent to somebody. */
function placeInHash(): readonly [string, string | undefined] {
  const [slug = '', check] = decodeURIComponent(location.hash.slice(1)).split('/')
  return [slug, check]
}

const Top = ({ version }: { version: string }) => (
  <header class="top">
    <a class="brand" href="#all">
      <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
        <path class="brand-solid" d="M2 6h18v3H2Z" />
        <path class="brand-dashed" d="M2 13h9v3H2Zm11.500 0h2.500v3h-2.500Zm4.500 0h2v3h-2Z" />
      </svg>
      halfopen
    </a>
    <span class="dim">{version}</span>
  </header>
)

function Report({ report }: { report: ReportPage }) {
  return (
    <>
      <Top version={report.halfopen} />
      <ReportView report={report} />
    </>
  )
}

function Page() {
  const [[slug, check], setPlace] = useState(placeInHash)
  useEffect(() => {
    const follow = () => setPlace(placeInHash())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const { scenarios } = theRun
  const only = scenarios.length === 1 ? scenarios[0] : undefined
  const pair = slug.split(WITH).flatMap(each => scenarios.find(scenario => scenario.slug === each) ?? [])
  const [left, right] = pair
  const found = scenarios.find(scenario => scenario.slug === slug) ?? (slug === '' ? only : undefined)
  useEffect(() => {
    scrollTo(0, 0)
    if (slug !== '' && document.activeElement !== document.body)
      document.getElementById('top')?.focus({ preventScroll: true })
  }, [slug])
  // From one failure to the next, as they stand in the overview.
  const index = found ? scenarios.indexOf(found) : -1
  return (
    <>
      <Top version={theRun.halfopen} />
      {left && right ? (
        <Beside pair={[left, right]} />
      ) : found ? (
        <ScenarioView
          key={found.slug}
          scenario={found}
          checkSlug={check}
          before={scenarios[index - 1]}
          after={scenarios[index + 1]}
        />
      ) : (
        <Overview />
      )}
    </>
  )
}

const place = document.getElementById('page')
if (place) render(theReport ? <Report report={theReport} /> : <Page />, place)
