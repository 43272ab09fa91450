import { seconds } from '../../text/words.ts'
import type { Remark } from '../remark.ts'
import type { BackoffClass } from './class.ts'

const ADVICE =
  'wait twice as long after each failure, up to a minute or more, and draw each wait at random (full jitter): a fleet that comes back in step keeps its broker down'

const KINDS: Readonly<
  Record<BackoffClass['kind'], { readonly result: 'pass' | 'warning' | 'fail'; readonly why: string }>
> = {
  'exponential-jitter': { result: 'pass', why: '' },
  exponential: { result: 'warning', why: 'without jitter, so devices that were cut off together come back together' },
  linear: { result: 'warning', why: 'which grows too slowly for a long outage, and without jitter' },
  scattered: { result: 'warning', why: 'which spreads a fleet, but never eases off in a long outage' },
  constant: {
    result: 'fail',
    why: 'the same pace however long the outage: a whole fleet goes on hammering its broker',
  },
  immediate: { result: 'fail', why: 'hardly any delay: each device hammers a server that is down' },
}

/** What this way of coming back is worth. */
export function backoffRemark(found: BackoffClass, attempts: number): Remark {
  const { result, why } = KINDS[found.kind]
  const text = `${describe(found)}${why === '' ? '' : `, ${why}`} (${attempts} attempts)`
  return { result, text, figure: describe(found), ...(result === 'pass' ? {} : { advice: ADVICE }) }
}

function describe(found: BackoffClass): string {
  switch (found.kind) {
    case 'exponential':
      return `exponential, factor ${found.factor.toFixed(1)}${found.capMs === undefined ? '' : ` up to ${seconds(found.capMs)}`}`
    case 'exponential-jitter':
      return `exponential with jitter, factor ${found.factor.toFixed(1)}`
    case 'linear':
      return `linear, ${seconds(found.stepMs)} more each time`
    case 'scattered':
      return `random delays of about ${seconds(found.everyMs)}`
    case 'constant':
      return `constant delay of ${seconds(found.everyMs)}`
    case 'immediate':
      return `a new attempt every ${seconds(found.everyMs)}`
  }
}
