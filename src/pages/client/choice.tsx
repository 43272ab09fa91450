import type { ScenarioPage } from '../page-model.ts'
import { theRun } from './data.ts'

/** Between the slugs of two scenarios in an address; no slug has it. */
export const WITH = '~'

export const peersOf = ({ client, broker }: ScenarioPage): string =>
  [client, broker].filter(text => text !== undefined).join(' and ')

/** Which scenario to see this one beside: those of the same name first. */
export function BesideChoice({ scenario }: { scenario: ScenarioPage }) {
  const others = theRun.scenarios.filter(each => each !== scenario && each.timeline)
  if (others.length === 0 || !scenario.timeline) return null
  const sorted = [...others.filter(isSame(scenario)), ...others.filter(each => !isSame(scenario)(each))]
  return (
    <label class="choice">
      Beside{' '}
      <select
        value=""
        onChange={change => {
          location.hash = `${scenario.slug}${WITH}${change.currentTarget.value}`
        }}
      >
        <option value="">another run</option>
        {sorted.map(each => (
          <option key={each.slug} value={each.slug}>
            {each.name === scenario.name ? `the same, ${peersOf(each)} (${each.result})` : each.name}
          </option>
        ))}
      </select>
    </label>
  )
}

const isSame =
  ({ name }: ScenarioPage) =>
  (other: ScenarioPage): boolean =>
    other.name === name

/** One of a few, as buttons. */
interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  readonly onChange: (value: T) => void
}

export const Choice = <T extends string>({ label, value, options, onChange }: ChoiceProps<T>) => (
  <fieldset class="choice">
    <legend>{label}</legend>
    {options.map(([each, words]) => (
      <button key={each} type="button" aria-pressed={each === value} onClick={() => onChange(each)}>
        {words}
      </button>
    ))}
  </fieldset>
)
