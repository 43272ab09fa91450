import { largestKeepaliveS, levelOf, SAFE_RATIO_WORDS, safeKeepaliveS } from '../advise/rule.ts'
import { formatMs } from '../model/duration.ts'
import { pingEveryMs } from '../timing/profiles/pings.ts'
import { longestSilenceMs } from './case.ts'
import { playableSafeS } from './scenario.ts'
import type { Story } from './story.ts'

/** Why the flow was cut, or why it was not. No cause is named where there was no effect. */
export function causeText(story: Story): string {
  const { given, cuts } = story
  const { afterMs } = given.box
  const t = `T = ${formatMs(afterMs)}`
  if (cuts === 0) return uncut(story, t)
  const seldom = isSeldom(story)
  const silence = seldom
    ? `says nothing for ${seldom}`
    : `${speaks(story)}, but what this box counts as life does not come that often`
  const why = `Cause: the client ${silence}, and the middlebox forgets a flow that says nothing for ${t}${seldom ? `: ${relation(story)}` : ''}.`
  return `${why}${aside(story)}`
}

/** `K = 400 s`, or what stands for it with a client that pings otherwise; `undefined` where it speaks sooner than T. */
function isSeldom({ given, inForceS }: Story): string | undefined {
  const silentMs = longestSilenceMs(given)
  if (silentMs < given.box.afterMs) return undefined
  return silentMs === inForceS * 1000 ? `K = ${inForceS} s` : `${formatMs(silentMs)} (K = ${inForceS} s)`
}

const relation = ({ given, inForceS }: Story): string =>
  longestSilenceMs(given) === inForceS * 1000 ? 'K >= T' : 'its silence >= T'

/** `speaks every K = 60 s`, or `pings every 100 s, 0.5K`. */
function speaks({ given, inForceS }: Story): string {
  const everyMs = pingEveryMs(given.client, inForceS * 1000)
  if (everyMs === inForceS * 1000) return `speaks every K = ${inForceS} s`
  return `pings every ${formatMs(everyMs)} (${Number((everyMs / inForceS / 1000).toFixed(2))}K at K = ${inForceS} s)`
}

function uncut(story: Story, t: string): string {
  const level = levelOf(longestSilenceMs(story.given), story.given.box.afterMs)
  if (level === 'fail') {
    const silent = story.silentMs === undefined ? '' : ` Its longest silence was ${formatMs(story.silentMs)}.`
    return `Cause: none here. Nothing was cut in this run, though the middlebox forgets at ${t}.${silent}`
  }
  const margin = level === 'warn' ? `, but by less than half a keep-alive: one ping late or lost is one too many` : ''
  return `Cause: none here. The client ${speaks(story)}, before the middlebox forgets at ${t}${margin}.`
}

function aside({ given, reproduced, healed }: Story): string {
  if (reproduced && healed)
    return "\nThe client's own packets open the flow again, so messages from the broker come late, when a ping goes out."
  if (!reproduced && given.publish === 'none')
    return '\nWithout messages nobody is the wiser: the next ping opens the flow again. Try --publish broker.'
  return ''
}

/** The interval that is safe for this client and this box. */
export function remedyText({ given, inForceS }: Story): string {
  const { box, scale, keepaliveS, client } = given
  const safeS = safeKeepaliveS(box.afterMs, client)
  const cutS = largestKeepaliveS(box.afterMs, client) + 1
  if (safeS < 1) return 'No keep-alive in whole seconds is safe: the idle time-out has to be raised.'
  if (safeS === MOST_S)
    return `Safe interval: any, since ${client} pings every ${formatMs(pingEveryMs(client, MOST_S * 1000))} at least.`
  const atScale = playableSafeS(box.afterMs, scale, client)
  const played =
    scale === 1 || atScale === safeS
      ? ''
      : atScale === undefined
        ? `; at 1/${scale} no whole second is left of it, so take a larger scale`
        : `; ${atScale} s is a whole number of seconds at 1/${scale}`
  const isSafe = inForceS > 0 && inForceS <= safeS
  const what = inForceS === keepaliveS ? 'this one is' : `the ${inForceS} s that the broker imposes are`
  const advice = isSafe ? `Safe interval: ${what}; up to ${safeS} s would be` : `Safe interval: at most ${safeS} s`
  const own = pingEveryMs(client, safeS * 1000) === safeS * 1000 ? '' : ` with ${client}`
  const cut = cutS > MOST_S ? '' : `; from ${cutS} s on every silence is cut`
  const other =
    box.layer === 'packet' ? ' Or let TCP send keep-alive probes more often than T, which this box counts as life.' : ''
  const age =
    box.maxAgeMs === undefined
      ? ''
      : ` Besides, it ends every connection at an age of ${formatMs(box.maxAgeMs)}: the client has to come back.`
  return `${advice}${own} (${SAFE_RATIO_WORDS}: one ping may be late or lost)${cut}${played}.${isSafe ? '' : other}${age}`
}

/** MQTT 3.1.1 and 5.0 §3.1.2.10: two bytes. */
const MOST_S = 65_535
