import { Choice } from './choice.tsx'
import type { Unit } from './page-words.ts'

/** From what moments are counted. */
export type Zero = 'connack' | 'fault' | 'check'

const WORDS: Readonly<Record<Zero, string>> = { connack: 'CONNACK', fault: 'the fault', check: 'the check' }

interface TimeChoicesProps {
  readonly unit: Unit
  readonly setUnit: (unit: Unit) => void
  readonly zero: Zero
  readonly setZero: (zero: Zero) => void
  /** Those that there are. */
  readonly zeros: readonly Zero[]
}

/** How the times of a timeline are told. */
export const TimeChoices = ({ unit, setUnit, zero, setZero, zeros }: TimeChoicesProps) => (
  <>
    <Choice
      label="Time in"
      value={unit}
      onChange={setUnit}
      options={[
        ['s', 'seconds'],
        ['K', 'K'],
      ]}
    />
    <Choice label="from" value={zero} onChange={setZero} options={zeros.map(each => [each, WORDS[each]] as const)} />
  </>
)
