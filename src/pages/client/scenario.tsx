import { useEffect, useMemo, useState } from 'preact/hooks'
import type { CheckPage, ScenarioPage } from '../page-model.ts'
import { BesideChoice } from './choice.tsx'
import { CrowdCurves } from './crowd-curves.tsx'
import { type Timeline, timelineOf } from './data.ts'
import { Events } from './events.tsx'
import { Legend } from './legend.tsx'
import { duration, fieldsOf, moment, nameOf, placeOf, type Unit } from './page-words.ts'
import { Bullet, Sign, Status } from './signs.tsx'
import { Source } from './source.tsx'
import { TimeChoices, type Zero } from './time-choices.tsx'
import { TimelineView } from './timeline.tsx'

interface Props {
  readonly scenario: ScenarioPage
  readonly checkSlug: string | undefined
  readonly before: ScenarioPage | undefined
  readonly after: ScenarioPage | undefined
}

export function ScenarioView({ scenario, checkSlug, before, after }: Props) {
  const [timeline, setTimeline] = useState<Timeline>()
  const [unit, setUnit] = useState<Unit>('s')
  const [zero, setZero] = useState<Zero>('connack')
  const [event, setEvent] = useState<number>()
  const [device, setDevice] = useState(1)
  const check = scenario.checks.find(({ slug }) => slug === checkSlug)
  useEffect(() => {
    let isGone = false
    setTimeline(undefined)
    setEvent(undefined)
    timelineOf(scenario.slug).then(opened => {
      if (isGone || !opened) return
      setDevice(opened.device)
      setTimeline(opened)
    })
    return () => {
      isGone = true
    }
  }, [scenario])
  const zeroMs = useMemo(() => {
    if (zero === 'fault') return timeline?.faults[0]?.heldMs ?? 0
    return zero === 'check' ? (check?.sinceMs ?? 0) : 0
  }, [zero, timeline, check])
  const open = (one: CheckPage) => {
    location.hash = `${scenario.slug}/${one.slug}`
  }
  const chosen = event === undefined ? undefined : timeline?.events[event]
  const peers = [scenario.client, scenario.broker].filter(text => text !== undefined).join(' and ')
  return (
    <main class="scenario">
      <nav class="crumbs" aria-label="Scenarios">
        <a href="#all">All scenarios</a>
        <span>
          {before && (
            <a href={`#${before.slug}`} rel="prev">
              ← previous
            </a>
          )}
          {after && (
            <a href={`#${after.slug}`} rel="next">
              next →
            </a>
          )}
        </span>
      </nav>
      <header>
        <h1 tabIndex={-1} id="top">
          {scenario.name}
        </h1>
        <p class="facts">
          <Status result={scenario.result} />
          {scenario.must && (
            <span>
              {scenario.result === 'pass'
                ? `came out as ${scenario.must}, as it must`
                : `must come out as ${scenario.must}`}
            </span>
          )}
          {peers && <span>{peers}</span>}
          <span>K = {scenario.keepaliveMs / 1000} s</span>
          <span class="mono">
            {scenario.file}:{scenario.line}
          </span>
        </p>
      </header>
      {scenario.skip && (
        <p class="notice">
          {scenario.skip.reason}
          {scenario.skip.remedy && (
            <>
              <br />
              To run it: <code>{scenario.skip.remedy}</code>
            </>
          )}
        </p>
      )}
      {scenario.words.map(text => (
        <p key={text} class="notice">
          {text}
        </p>
      ))}
      {scenario.checks.length > 0 && (
        <section aria-labelledby="checks">
          <h2 id="checks">What was expected</h2>
          <ul class="checks">
            {scenario.checks.map(each => (
              <li key={each.slug} class={`${each.result}${each === check ? ' chosen' : ''}`}>
                <a href={`#${scenario.slug}/${each.slug}`} aria-current={each === check ? 'true' : undefined}>
                  <Sign result={each.result} />
                  <b>{each.check}</b>
                  <span class="spoken">{each.result}</span>
                  <span class="figure">{each.afterMs === null ? '' : duration(each.afterMs)}</span>
                  <Bullet {...each} />
                </a>
                <p>{each.reason}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {scenario.crowd && (
        <section aria-labelledby="crowd">
          <h2 id="crowd">All clients together</h2>
          <CrowdCurves {...scenario.crowd} />
        </section>
      )}
      {timeline && (
        <section aria-labelledby="what">
          <div class="bar">
            <h2 id="what">What happened</h2>
            <TimeChoices
              unit={unit}
              setUnit={setUnit}
              zero={zero}
              setZero={setZero}
              zeros={[
                'connack',
                ...(timeline.faults.length > 0 ? (['fault'] as const) : []),
                ...(check ? (['check'] as const) : []),
              ]}
            />
            <BesideChoice scenario={scenario} />
            {timeline.devices > 1 && (
              <label class="choice">
                Device{' '}
                <select value={device} onChange={change => setDevice(Number(change.currentTarget.value))}>
                  {devicesOf(timeline).map(number => (
                    <option key={number} value={number}>
                      {number}
                    </option>
                  ))}
                </select>{' '}
                of {timeline.devices}
              </label>
            )}
          </div>
          <TimelineView
            scenario={scenario}
            timeline={timeline}
            device={device}
            unit={unit}
            zeroMs={zeroMs}
            check={check}
            event={event}
            onEvent={setEvent}
            onCheck={open}
          />
          <Legend timeline={timeline} />
          {timeline.of !== undefined && (
            <p class="dim">
              {timeline.events.length} of {timeline.of} events are in this page; the evidence file has them all.
            </p>
          )}
        </section>
      )}
      <div class="beside">
        {timeline && (
          <section aria-labelledby="events">
            <h2 id="events">Events</h2>
            {chosen && (
              <dl class="chosen-event">
                <div>
                  <dt>{nameOf(chosen)}</dt>
                  <dd>
                    {placeOf(chosen)}, {moment(chosen.atMs, zeroMs, unit, scenario.keepaliveMs)}
                  </dd>
                </div>
                {fieldsOf(chosen).map(([name, value]) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
            )}
            <Events
              timeline={timeline}
              device={device}
              unit={unit}
              zeroMs={zeroMs}
              keepaliveMs={scenario.keepaliveMs}
              event={event}
              onEvent={setEvent}
            />
          </section>
        )}
        {scenario.source !== undefined && <Source scenario={scenario} check={check} timeline={timeline} />}
      </div>
      {scenario.again && (
        <p>
          Judge it again: <code>{scenario.again}</code>
        </p>
      )}
    </main>
  )
}

const devicesOf = ({ events }: Timeline): readonly number[] =>
  [...new Set(events.flatMap(event => event.device ?? []))].sort((a, b) => a - b)
