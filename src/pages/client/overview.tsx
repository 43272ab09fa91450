import { useMemo, useState } from 'preact/hooks'
import type { PageResult, ScenarioPage } from '../page-model.ts'
import { WITH } from './choice.tsx'
import { theRun } from './data.ts'
import { duration } from './page-words.ts'
import { Bullet, Sign, Status } from './signs.tsx'

type Group = 'fail' | 'inconclusive' | 'pass' | 'skipped'
type Order = 'file' | 'result' | 'name' | 'duration'

const GROUPS: readonly Group[] = ['fail', 'inconclusive', 'pass', 'skipped']
const GROUP_WORDS: Readonly<Record<Group, string>> = {
  fail: 'failed',
  inconclusive: 'inconclusive',
  pass: 'passed',
  skipped: 'skipped',
}
const groupOf = (result: PageResult): Group => (result === 'unsupported' ? 'skipped' : result)

export function Overview() {
  const { answer, scenarios, troubles, environment, title } = theRun
  const isPair = scenarios.length === 2 && scenarios.every(each => each.timeline)
  const both = isPair ? scenarios.map(({ slug }) => slug).join(WITH) : undefined
  const [only, setOnly] = useState<Group>()
  const [text, setText] = useState('')
  const [order, setOrder] = useState<Order>('file')
  const counts = useMemo(() => {
    const found = { fail: 0, inconclusive: 0, pass: 0, skipped: 0 }
    for (const { result } of scenarios) found[groupOf(result)]++
    return found
  }, [scenarios])
  const words = text
    .toLowerCase()
    .split(' ')
    .filter(word => word !== '')
  const shown = scenarios.filter(scenario => {
    if (only !== undefined && groupOf(scenario.result) !== only) return false
    const said =
      `${scenario.name} ${scenario.file} ${scenario.broker ?? ''} ${scenario.client ?? ''} ${scenario.checks.map(({ check }) => check).join(' ')}`.toLowerCase()
    return words.every(word => said.includes(word))
  })
  const bad = shown.filter(({ result }) => result === 'fail' || result === 'inconclusive').toSorted(byResult)
  const rest = shown.filter(scenario => !bad.includes(scenario))
  return (
    <main class="overview">
      <header class="hero">
        <p class="dim">{title}</p>
        <h1 tabIndex={-1} id="top" class={counts.fail > 0 ? 'fail' : counts.inconclusive > 0 ? 'inconclusive' : 'pass'}>
          <Sign result={counts.fail > 0 ? 'fail' : counts.inconclusive > 0 ? 'inconclusive' : 'pass'} size={30} />
          {answer}
        </h1>
        <div class="share" aria-hidden="true">
          {GROUPS.map(
            group => counts[group] > 0 && <i key={group} class={group} style={{ flexGrow: counts[group] }} />,
          )}
        </div>
        {both && (
          <p class="lead">
            <a href={`#${both}`}>See the two runs side by side</a>
          </p>
        )}
        {troubles.map(trouble => (
          <p key={trouble} class="notice">
            {trouble}
          </p>
        ))}
      </header>
      <div class="filters">
        <fieldset aria-label="Show only">
          {GROUPS.filter(group => counts[group] > 0).map(group => (
            <button
              key={group}
              type="button"
              aria-pressed={only === group}
              onClick={() => setOnly(only === group ? undefined : group)}
            >
              <Sign result={group} /> {counts[group]} {GROUP_WORDS[group]}
            </button>
          ))}
        </fieldset>
        <input
          type="search"
          aria-label="Search scenarios"
          placeholder="Search: name, file, peer, check"
          value={text}
          onInput={input => setText(input.currentTarget.value)}
        />
      </div>
      {bad.length > 0 && (
        <section aria-labelledby="bad">
          <h2 id="bad">Did not pass</h2>
          <ul class="cards">
            {bad.map(scenario => (
              <Card key={scenario.slug} scenario={scenario} />
            ))}
          </ul>
        </section>
      )}
      {rest.length > 0 && (
        <List scenarios={rest} order={order} onOrder={setOrder} heading={bad.length > 0 ? 'The others' : 'Scenarios'} />
      )}
      {shown.length === 0 && <p class="notice">No scenario is like that.</p>}
      <section aria-labelledby="environment">
        <h2 id="environment">Environment</h2>
        <dl class="environment">
          {[
            ...environment,
            ['Played', theRun.started.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')] as const,
            ['Took', duration(theRun.durationMs)] as const,
          ].map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </main>
  )
}

const RANKS: readonly PageResult[] = ['fail', 'inconclusive', 'pass', 'unsupported', 'skipped']
const byResult = (a: ScenarioPage, b: ScenarioPage): number => RANKS.indexOf(a.result) - RANKS.indexOf(b.result)

/** Why it did not pass, in the first screen. */
function Card({ scenario }: { scenario: ScenarioPage }) {
  const checks = scenario.checks.filter(({ result }) => result === 'fail' || result === 'inconclusive')
  const known = new Set(scenario.words)
  return (
    <li class={`card ${scenario.result}`}>
      <h3>
        <Sign result={scenario.result} />
        <span class="spoken">{scenario.result}: </span>
        <a href={`#${scenario.slug}`}>{scenario.name}</a>
      </h3>
      <p class="dim mono">
        {scenario.file}:{scenario.line}
      </p>
      {scenario.words.map(words => (
        <p key={words}>{words}</p>
      ))}
      <ul>
        {checks.map(check => (
          <li key={check.slug}>
            <a href={`#${scenario.slug}/${check.slug}`}>{check.check}</a>
            <Bullet {...check} />
            {!known.has(check.reason) && <p>{check.reason}</p>}
          </li>
        ))}
      </ul>
    </li>
  )
}

interface ListProps {
  readonly scenarios: readonly ScenarioPage[]
  readonly order: Order
  readonly onOrder: (order: Order) => void
  readonly heading: string
}

function List({ scenarios, order, onOrder, heading }: ListProps) {
  const sorted = order === 'file' ? scenarios : scenarios.toSorted(ORDERS[order])
  const groups = order === 'file' ? grouped(sorted) : [['', sorted] as const]
  const head = (own: Order, label: string) => (
    <th scope="col" aria-sort={order === own ? (own === 'duration' ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="plain" onClick={() => onOrder(order === own ? 'file' : own)}>
        {label} <span aria-hidden="true">{order === own ? (own === 'duration' ? '▾' : '▴') : ''}</span>
      </button>
    </th>
  )
  return (
    <section aria-labelledby="others">
      <h2 id="others">{heading}</h2>
      <table class="list">
        <thead>
          <tr>
            {head('result', 'Result')}
            {head('name', 'Scenario')}
            <th scope="col">When, and what was allowed</th>
            {head('duration', 'Took')}
          </tr>
        </thead>
        {groups.map(([folder, own]) => (
          <tbody key={folder}>
            {folder !== '' && (
              <tr class="folder">
                <th colSpan={4} scope="rowgroup">
                  {folder} <span class="dim">{own.length}</span>
                </th>
              </tr>
            )}
            {own.map(scenario => (
              <ListRow key={scenario.slug} scenario={scenario} />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  )
}

const ORDERS = {
  result: byResult,
  name: (a: ScenarioPage, b: ScenarioPage) => a.name.localeCompare(b.name),
  duration: (a: ScenarioPage, b: ScenarioPage) => b.durationMs - a.durationMs,
} as const

function grouped(scenarios: readonly ScenarioPage[]): readonly (readonly [string, readonly ScenarioPage[]])[] {
  const found = new Map<string, ScenarioPage[]>()
  for (const scenario of scenarios) found.set(scenario.folder, [...(found.get(scenario.folder) ?? []), scenario])
  return [...found]
}

function ListRow({ scenario }: { scenario: ScenarioPage }) {
  const timed = scenario.checks.filter(({ afterMs, earliestMs }) => afterMs !== null && earliestMs !== null)
  return (
    <tr>
      <td>
        <Status result={scenario.result} />
      </td>
      <td>
        <a href={`#${scenario.slug}`}>{scenario.name}</a>
        {scenario.skip && (
          <p class="dim">
            {scenario.skip.reason}
            {scenario.skip.remedy ? `; to run it: ${scenario.skip.remedy}` : ''}
          </p>
        )}
        {scenario.broker && (
          <p class="dim">
            {scenario.client} · {scenario.broker}
          </p>
        )}
      </td>
      <td>
        {timed.map(check => (
          <span key={check.slug} class="timed" title={check.allowed}>
            <Bullet {...check} />
            <span>{check.figure}</span>
          </span>
        ))}
      </td>
      <td class="number">{scenario.skip ? '' : duration(scenario.durationMs)}</td>
    </tr>
  )
}
