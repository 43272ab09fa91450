import type { Profile } from '../../model/profile.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { keepaliveSeconds } from '../../terminal/lengths.ts'
import type { MeasureOrder } from '../ratios/measured.ts'
import type { CalibrateOptions } from './options.ts'
import type { Subject } from './subject.ts'

/**
 * The keep-alives are those of the command line, else those of the profile that is checked, else the measurement's own
 * choice: a library may take no short ones.
 */
export function orderFor({ role, name, options }: Subject, given: CalibrateOptions, old?: Profile): MeasureOrder {
  const keepalivesS = given.keepalive === undefined ? old?.keepalivesS : keepalivesFrom(given.keepalive)
  return {
    role,
    name,
    options,
    ...(keepalivesS === undefined ? {} : { keepalivesS }),
    ...(given.phases === undefined ? {} : { phases: given.phases }),
    ...(given.samples === undefined ? {} : { brokerSamples: given.samples }),
    ...(given.against === undefined ? {} : { partner: given.against }),
  }
}

function keepalivesFrom(list: string): readonly number[] {
  const keepalivesS = [...new Set(list.split(',').map(text => keepaliveSeconds('--keepalive', text.trim())))]
  if (keepalivesS.length < 2 || keepalivesS.includes(0))
    throw new Complaint('error: --keepalive: give two or more, longer than 0s: 2s,4s,6s', EXIT.usage)
  return keepalivesS.toSorted((a, b) => a - b)
}
