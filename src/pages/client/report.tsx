import { useEffect, useState } from 'preact/hooks'
import type { ScenarioPage } from '../page-model.ts'
import type { CauseBlock, MarkedText, ReportBlock, ReportPage } from '../report-model.ts'
import { type Timeline, timelineOf } from './data.ts'
import { Events } from './events.tsx'
import { Legend } from './legend.tsx'
import { HeatMaps } from './maps.tsx'
import { Points } from './points.tsx'
import { ReportTable } from './report-table.tsx'
import { Sign, Status } from './signs.tsx'
import { Spans } from './spans.tsx'
import { TimelineView } from './timeline.tsx'

/** Every page that is not about a run: the answer first, then what it rests on. */
export function ReportView({ report }: { report: ReportPage }) {
  const { kind, answer, result, lead, blocks, environment } = report
  useEffect(() => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    place?.scrollIntoView()
  }, [])
  return (
    <main class="report">
      <header class="hero">
        <p class="dim">{kind}</p>
        <h1 tabIndex={-1} id="top" class={result}>
          <Sign result={result} size={30} />
          {answer}
        </h1>
        {lead.map(text => (
          <p key={text} class="lead">
            {text}
          </p>
        ))}
      </header>
      {blocks.map((block, number) => (
        <Block key={number} block={block} />
      ))}
      <h2 id="environment">What made these figures</h2>
      <Facts facts={environment} />
    </main>
  )
}

function Block({ block }: { block: ReportBlock }) {
  switch (block.is) {
    case 'heading':
      return <Heading {...block} />
    case 'paragraph':
      return <p>{block.text}</p>
    case 'list':
      return <List items={block.items} />
    case 'facts':
      return <Facts facts={block.facts} />
    case 'code':
      return <Code {...block} />
    case 'cause':
      return <Cause {...block.cause} />
    case 'table':
      return <ReportTable table={block.table} />
    case 'maps':
      return <HeatMaps {...block.maps} />
    case 'points':
      return <Points {...block.points} />
    case 'spans':
      return <Spans {...block.spans} />
    case 'timeline':
      return <ReportTimeline scenario={block.scenario} />
  }
}

function Code({ label, text, isFolded }: { label: string; text: string; isFolded?: boolean }) {
  const shown = (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too
    <section class="wide code" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  )
  if (!isFolded) return shown
  return (
    <details>
      <summary>{label}</summary>
      {shown}
    </details>
  )
}

const slugOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** Each can be linked to. */
function Heading({ level, text, mark }: { level: 2 | 3; text: string; mark?: MarkedText }) {
  const Tag = level === 2 ? 'h2' : 'h3'
  const id = slugOf(text)
  return (
    <Tag id={id} class={mark ? 'marked' : undefined}>
      <a class="anchor" href={`#${id}`}>
        {text}
      </a>
      {mark && <Status result={mark.mood} word={mark.word} />}
    </Tag>
  )
}

const List = ({ items }: { items: readonly (string | MarkedText)[] }) => (
  <ul class="points-list">
    {items.map((item, number) =>
      typeof item === 'string' ? (
        <li key={number}>{item}</li>
      ) : (
        <li key={number} class="remark">
          <Status result={item.mood} word={item.word} />
          <span>{item.text}</span>
        </li>
      ),
    )}
  </ul>
)

const Facts = ({ facts }: { facts: readonly (readonly [string, string])[] }) => (
  <dl class="environment">
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

/** A cause with what speaks for it and against it, side by side. */
function Cause({ rank, title, rankWords, bounds, pro, contra, ruledOut }: CauseBlock) {
  return (
    <section class={`card cause${ruledOut === undefined ? '' : ' ruled-out'}${rank === 1 ? ' first' : ''}`}>
      <h3>
        <span class="rank">{ruledOut === undefined ? rank : '–'}</span>
        {title}
      </h3>
      <p class="dim">{ruledOut ?? rankWords}</p>
      {bounds.map(text => (
        <p key={text}>{text}</p>
      ))}
      {pro.length + contra.length > 0 && (
        <div class="evidence">
          <Reasons title="For it" sign="+" reasons={pro} />
          <Reasons title="Against it" sign="−" reasons={contra} />
        </div>
      )}
    </section>
  )
}

const Reasons = ({ title, sign, reasons }: { title: string; sign: string; reasons: readonly string[] }) => (
  <div>
    <h4>{title}</h4>
    {reasons.length === 0 ? (
      <p class="dim">nothing</p>
    ) : (
      <ul>
        {reasons.map(text => (
          <li key={text}>
            <b aria-hidden="true">{sign}</b> {text}
          </li>
        ))}
      </ul>
    )}
  </div>
)

function ReportTimeline({ scenario }: { scenario: ScenarioPage }) {
  const [timeline, setTimeline] = useState<Timeline>()
  const [event, setEvent] = useState<number>()
  useEffect(() => {
    timelineOf(scenario.slug).then(setTimeline)
  }, [scenario])
  if (!timeline) return null
  const zeroMs = timeline.faults[0]?.heldMs ?? 0
  const shared = { timeline, device: timeline.device, unit: 's', zeroMs, event, onEvent: setEvent } as const
  return (
    <>
      <TimelineView {...shared} scenario={scenario} check={undefined} onCheck={() => {}} />
      <Legend timeline={timeline} />
      <details>
        <summary>Table of events</summary>
        <Events {...shared} keepaliveMs={scenario.keepaliveMs} />
      </details>
    </>
  )
}
