import type { Middlebox } from './middlebox.ts'

/** What is known of a box that is looked for. */
export interface Likeness {
  /** The longest silence that it let live, and the shortest that it did not. */
  readonly aliveMs: number
  readonly deadMs: number
  readonly onExpiry?: Middlebox['onExpiry']
  /** What a packet of the client's met after expiry, and one of the broker's. */
  readonly inside?: 'drop' | 'rst' | 'pass'
  readonly outside?: 'drop' | 'rst'
}

/** Time-outs are rounded up by the box and down by who measures; 901 to 910 s were measured for a setting of 900. */
const SLACK = 0.03

/** Presets whose defaults fit what is known, the nearest to the shortest dead silence first. */
export function likeBoxes(boxes: Iterable<Middlebox>, like: Likeness): readonly Middlebox[] {
  return [...boxes]
    .filter(({ afterMs }) => afterMs > like.aliveMs * (1 - SLACK) && afterMs <= like.deadMs * (1 + SLACK))
    .filter(box => like.onExpiry === undefined || box.onExpiry === like.onExpiry)
    .filter(box => like.inside === undefined || insideOf(box) === undefined || insideOf(box) === like.inside)
    .filter(box => like.outside === undefined || outsideOf(box) === undefined || outsideOf(box) === like.outside)
    .toSorted((a, b) => Math.abs(like.deadMs - a.afterMs) - Math.abs(like.deadMs - b.afterMs))
}

function insideOf({ onExpiry, onNext, scope, recreate }: Middlebox): Likeness['inside'] {
  if (onExpiry !== 'silent') return undefined
  if (recreate === 'outbound' || scope === 'inbound-only') return 'pass'
  return plain(typeof onNext === 'string' ? onNext : onNext.inside)
}

function outsideOf({ onExpiry, onNext }: Middlebox): Likeness['outside'] {
  return onExpiry === 'silent' ? plain(typeof onNext === 'string' ? onNext : onNext.outside) : undefined
}

const plain = (next: 'drop' | 'rst-sender' | 'rst-both') => (next === 'drop' ? 'drop' : 'rst')
