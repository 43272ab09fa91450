import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'

const CREDENTIALS = /password|authori[sz]ed|credential|user ?name|banned|auth/i

/** Clients that are not let in. */
export const refused: Cause = {
  name: 'refused',
  weigh({ clients, atLeast }) {
    const reasons = new Map<string, number>()
    for (const { refusals } of clients)
      for (const [reason, count] of refusals) reasons.set(reason, (reasons.get(reason) ?? 0) + count)
    const count = [...reasons.values()].reduce((sum, each) => sum + each, 0)
    if (count < atLeast) return undefined
    const words = [...reasons].toSorted((a, b) => b[1] - a[1]).slice(0, 3)
    const isCredentials = CREDENTIALS.test(words[0]?.[0] ?? '')
    return new Scales(
      isCredentials ? 'its credentials are refused (user name, password, or rights)' : 'its connections are refused',
      8,
    )
      .pro(0, `${plural(count, 'connection')} refused: ${words.map(([reason, n]) => `${reason} (${n})`).join(', ')}`)
      .done({
        advice: [
          isCredentials
            ? "check user name, password and the broker's access list; the keep-alive has nothing to do with it"
            : 'look at the reason that the broker gives; the keep-alive has nothing to do with it',
        ],
      })
  },
}
