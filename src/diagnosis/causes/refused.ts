import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { NOBODY_LISTENS } from '../session-summary.ts'

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
    const first = words[0]?.[0] ?? ''
    const [title, advice] = meaningOf(first)
    const away = clients.flatMap(({ records }) => records).filter(({ brokerAway }) => brokerAway)
    return new Scales(title, 8)
      .pro(0, `${plural(count, 'connection')} refused: ${words.map(([reason, n]) => `${reason} (${n})`).join(', ')}`)
      .pro(
        0,
        away.length === 0
          ? undefined
          : `${plural(away.length, 'connection')} ended just before: the broker took them with it`,
      )
      .done({ advice: [advice] })
  },
}

function meaningOf(reason: string): readonly [title: string, advice: string] {
  if (NOBODY_LISTENS.test(reason))
    return [
      'the broker was not there: nothing listened on its port (stopped, restarted, or crashed)',
      "look at the broker's own log and its host at these dates (an update, a nightly job, memory); the keep-alive has nothing to do with it",
    ]
  if (CREDENTIALS.test(reason))
    return [
      'its credentials are refused (user name, password, or rights)',
      "check user name, password and the broker's access list; the keep-alive has nothing to do with it",
    ]
  return [
    'its connections are refused',
    'look at the reason that the broker gives; the keep-alive has nothing to do with it',
  ]
}
