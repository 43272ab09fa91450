import { middleboxes } from '../../faults/middleboxes/index.ts'
import { type Likeness, likeBoxes } from '../../faults/middleboxes/middlebox-words.ts'
import { formatMs } from '../../model/duration.ts'
import { plural } from '../../text/words.ts'
import { safeKeepaliveS } from '../../timing/safe-interval.ts'
import { type Cause, type IdleBounds, Scales } from '../cause.ts'
import { lengthWords, spreadWords } from '../dates.ts'
import { type Facts, isOwnReturn, medianBack, numbers, returnOf, wasTold } from '../log-facts.ts'
import { isSteady } from '../tally.ts'
import { type Fit, fitsOf, SOONEST_MS } from './idle-fits.ts'

const MOST_NAMED = 4

/** Something between client and broker forgets a connection that is silent for too long. */
export const idleTimeout: Cause = {
  name: 'idle-timeout',
  weigh(facts) {
    const fits = fitsOf(facts)
    const [first] = fits
    if (!first) return undefined
    const scales = new Scales('the idle time-out of a middlebox on the path (NAT, firewall, load balancer, proxy)', 4)
    const held = fits.filter(fit => fit.ruledOut === undefined)
    for (const fit of held) scales.pro(fit === held[0] ? fit.points : 0, fit.words)
    if (held.length === 0) scales.ruleOut(first.ruledOut ?? '')
    const bounds = held.map(fit => boundsOf(fit, facts.keepaliveS !== undefined))
    const [best] = bounds
    if (held[0] && best) {
      weighSurvival(scales, facts, held[0])
      weighReturn(scales, facts, held[0])
      if (best.like.length > 0) scales.pro(0.5)
      // Where K is shorter than that too, nothing else can be seen.
      if ((facts.keepaliveS ?? 0) >= 10 && best.atMostMs <= SOONEST_MS)
        scales.contra(
          2,
          `no box that is known forgets a TCP connection within ${lengthWords(best.atMostMs)} (the shortest preset: 50 s)`,
        )
      if (facts.loopback)
        scales.contra(
          1.5,
          'the client is on the same machine as the broker: nothing lies between but a proxy of its own',
        )
    }
    return scales.done({ bounds, advice: adviceOf(best), next: nextOf(held[0], facts) })
  },
}

function weighSurvival(scales: Scales, { survived }: Facts, { atMostMs }: Fit): void {
  if (survived.mostMs > 0 && survived.mostMs < 0.9 * atMostMs)
    scales.pro(
      1,
      `silences of up to ${lengthWords(survived.mostMs)} were survived (${plural(survived.atLeast(0.9 * survived.mostMs), 'time')}), none as long as ${lengthWords(atMostMs)}`,
    )
}

/** A client whose path is dead is not told that the broker closed: it comes back by its own clock. */
function weighReturn(scales: Scales, { keepaliveS = 0 }: Facts, { behaviour, records }: Fit): void {
  const back = medianBack(records)
  if (records[0]?.how === 'ping-unanswered') {
    if (back && back.medianMs <= 30_000)
      scales.pro(
        1,
        `a new connection worked ${spreadWords(back)} later: broker and path were there, only the old connection was dead`,
      )
    return
  }
  // Its return is what ended the old connection: of being told it says nothing.
  if (records[0]?.how === 'taken-over') return
  if (behaviour !== 'silent' || !back || back.count < 3) {
    if (behaviour !== 'silent' && back && back.medianMs > 60_000)
      scales.contra(
        1,
        `the client stayed away for ${spreadWords(back)}, though it was told that its connection was over`,
      )
    return
  }
  const returns = numbers(records, returnOf)
  const told = wasTold(records, keepaliveS)
  const steady = returns.length >= 3 && isSteady(returns, 0.04, 8000) && isOwnReturn(returns[0] ?? 0, keepaliveS)
  if (keepaliveS > 0 && steady && told !== 'yes')
    scales.pro(
      told === 'no' ? 2 : 1,
      `it was back ${spreadWords(returns)} after its last packet each time, as a client is that misses the answer to a ping`,
    )
  else if (told === 'yes' || (told === 'weakly' && back.medianMs <= 1000))
    scales.contra(
      told === 'yes' ? 2 : 1,
      `it was back ${spreadWords(back)} after the broker closed: it was told, so the path to it was open`,
    )
  else if (keepaliveS > 0 && returns.length >= 3 && !isSteady(returns, 0.3, 15_000))
    scales.contra(2, `it was back ${spreadWords(returns)} after its last packet, each time another length`)
}

/** `told`: K is known; without it no box is more likely than another. */
function boundsOf({ aboveMs, atMostMs, behaviour, records, exactly }: Fit, told: boolean): IdleBounds {
  const range = { aliveMs: exactly ? Math.max(aboveMs, atMostMs * 0.95) : aboveMs, deadMs: atMostMs }
  const like: Likeness =
    behaviour === 'silent'
      ? { ...range, onExpiry: 'silent', inside: 'drop' }
      : behaviour === 'closes'
        ? range
        : { ...range, onExpiry: 'silent', inside: 'rst' }
  const boxes = likeBoxes(middleboxes.values(), like).filter(
    ({ onExpiry }) => behaviour !== 'closes' || onExpiry !== 'silent',
  )
  return {
    aboveMs,
    atMostMs,
    behaviour,
    count: records.length,
    like: !told ? [] : boxes.slice(0, MOST_NAMED).map(({ name, afterMs }) => `${name} (${formatMs(afterMs)})`),
  }
}

function adviceOf(best: IdleBounds | undefined): readonly string[] {
  if (!best) return []
  const safeS = best.aboveMs > 0 ? safeKeepaliveS(best.aboveMs) : 0
  return [
    safeS > 0
      ? `a keep-alive of ${safeS} s is safe by what was survived (2/3 of ${formatMs(best.aboveMs)}); halfopen probe finds T itself`
      : 'nothing shorter was survived that would say which keep-alive is safe: halfopen probe finds T itself',
  ]
}

function nextOf(fit: Fit | undefined, { packetsLog, keepaliveS }: Facts): readonly string[] {
  if (!fit) return []
  return [
    ...(fit.logged ? [] : [`${packetsLog}: how long was the path silent before each end?`]),
    "halfopen probe URL, from the client's network: it measures the idle time-out of the path",
    keepaliveS === 0
      ? 'a keep-alive on one client (K = 0 has none): does it stay connected?'
      : 'a shorter keep-alive on one client: does it stay connected?',
  ]
}
