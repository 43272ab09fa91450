import { expiryWords, nextWords, refreshWords } from '../../faults/middleboxes/middlebox-words.ts'
import { formatMs } from '../../model/duration.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import { pingEveryMs } from '../../timing/profiles/pings.ts'
import { largestKeepaliveS, levelOf, SAFE_RATIO_WORDS, safeKeepaliveS } from '../../timing/safe-interval.ts'
import { longestSilenceMs } from './repro-case.ts'
import { playableSafeS } from './repro-scenario.ts'
import type { Belief, Story } from './story.ts'

/** The story in parts, for those who lay it out otherwise. */
export const storyParts = (story: Story) => ({
  heading: heading(story),
  beats: story.beats.map(({ atMs, who, text }) => [clock(atMs), who, text]),
  believed: believed(story),
  outcome: outcome(story),
  cause: causeText(story).replace(/^Cause: /, ''),
  remedy: remedyText(story),
})

/** The whole story, without the scenario file. */
export function storyText(story: Story): string {
  const parts = [heading(story), timeline(story), believed(story), outcome(story), causeText(story), remedyText(story)]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

const peer = ({ name, version, model }: PeerVersion): string =>
  `${name} ${version}${model ? ' (a model of it, not the real one)' : ''}`

function heading({ given: { box, keepaliveS, scale }, inForceS, evidence: { header } }: Story): string {
  const lines = [
    `${box.name}: ${box.summary}`,
    `  idle time-out ${formatMs(box.afterMs)}; at expiry: ${expiryWords(box)}; next packet: ${nextWords(box)}`,
    `  kept alive by: ${refreshWords(box)}`,
    `  source: ${box.source}${box.unverified ? `; unverified: ${box.unverified}` : ''}`,
    `client ${peer(header.client)}, keep-alive ${keepaliveS} s${inForceS === keepaliveS ? '' : `, for which the broker imposes ${inForceS} s`}; broker ${peer(header.broker)}; lab ${header.lab}`,
    ...(scale > 1
      ? [
          `played at 1/${scale} of the length: 1 s below is ${scale} s; how exactly broker and client count does not scale`,
        ]
      : []),
  ]
  return lines.join('\n')
}

function timeline({ beats }: Story): string {
  const width = Math.max(...beats.map(({ atMs }) => clock(atMs).length))
  return beats.map(({ atMs, who, text }) => `${clock(atMs).padStart(width + 2)}  ${who.padEnd(9)}  ${text}`).join('\n')
}

const clock = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(2)} s`

function believed({ beliefs, healed, beats }: Story): string {
  if (beats.length === 0) return ''
  if (healed) return 'Nobody noticed: neither peer ever learned that for a while nothing could reach the client.'
  const lines = beliefs.map(({ who, fromMs, untilMs }) => {
    const until = untilMs === undefined ? 'to the end of the run' : `to ${clock(untilMs)}`
    if (untilMs !== undefined && untilMs - fromMs < TOLD_MS) return `The ${who} knew at once (${clock(untilMs)}).`
    const what = who === 'broker' ? 'the client was online' : 'it was connected'
    return `The ${who} believed that ${what} from ${clock(fromMs)} ${until}, wrongly${untilMs === undefined ? '' : ` for ${clock(untilMs - fromMs)}`}.`
  })
  return [...lines, ...disagreement(beliefs)].join('\n')
}

/** So near the expiry that it was the expiry that told. */
const TOLD_MS = 50

function disagreement(beliefs: readonly Belief[]): readonly string[] {
  const endOf = (who: Belief['who']) => beliefs.find(belief => belief.who === who)?.untilMs ?? Infinity
  const [broker, client] = [endOf('broker'), endOf('client')]
  if (Math.abs(broker - client) < TOLD_MS || (broker === Infinity && client === Infinity)) return []
  const until = Math.max(broker, client)
  const span =
    until === Infinity ? `from ${clock(Math.min(broker, client))} on` : `for ${clock(until - Math.min(broker, client))}`
  return broker < client
    ? [`So ${span} the broker called the client offline while the client called itself online.`]
    : [`So ${span} the broker kept a ghost of a client that was long gone.`]
}

function outcome(story: Story): string {
  const { cuts, losses, wills, runMs } = story
  return [
    cuts === 0
      ? `In ${clock(runMs)} the middlebox never forgot the flow.`
      : `In ${clock(runMs)} the middlebox forgot the flow ${times(cuts)}, the client ${losses === 0 ? 'never lost' : 'lost'} its connection${losses === 0 ? '' : ` ${times(losses)}`}, and the will was ${wills === 0 ? 'never published' : `published ${times(wills)}`}.`,
    ...howOften(story),
    ...fateOfMessages(story),
  ].join('\n')
}

function howOften({ idlePeriodMs, given: { scale } }: Story): readonly string[] {
  if (idlePeriodMs === undefined) return []
  const anHour = `${number(3_600_000 / scale / idlePeriodMs)} times an hour`
  // The pause before a reconnect is the client's own, and is not scaled.
  const often = scale > 1 ? `in full length about ${anHour}` : anHour
  return [`While nobody publishes it repeats every ${clock(idlePeriodMs)}: ${often}.`]
}

function fateOfMessages({ messages: { sent, lost, late, slowestMs } }: Story): readonly string[] {
  if (sent === 0) return []
  const howLate = slowestMs === undefined ? '' : `, up to ${clock(slowestMs)}`
  return [
    `Of ${sent === 1 ? '1 message' : `${sent} messages`} ${lost === 0 ? 'none was' : lost === 1 ? '1 was' : `${lost} were`} lost, and ${late === 0 ? 'none' : late} came late${howLate}.`,
  ]
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
const number = (value: number): string => String(Number(value.toPrecision(3)))

/** Why the flow was cut, or why it was not. No cause is named where there was no effect. */
function causeText(story: Story): string {
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
function remedyText({ given, inForceS }: Story): string {
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
