import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'

/** Ends that the broker gives another reason for. */
export const protocolError: Cause = {
  name: 'protocol-error',
  weigh({ troubles, atLeast }) {
    const wrong = troubles.filter(({ how }) => how === 'error')
    if (wrong.length < atLeast) return undefined
    const reasons = new Map<string, number>()
    for (const { reason = 'error' } of wrong) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    const named = [...reasons].toSorted((a, b) => b[1] - a[1]).slice(0, 3)
    return new Scales('the client sends what the broker does not take', 7)
      .pro(
        0,
        `the broker ended ${plural(wrong.length, 'session')}: ${named.map(([reason, n]) => `${reason} (${n})`).join(', ')}`,
      )
      .done({
        advice: ["look at the client's library and its version; the keep-alive has nothing to do with it"],
        next: ['a capture of one such session, opened in Wireshark'],
      })
  },
}
