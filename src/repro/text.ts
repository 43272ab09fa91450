import { expiryWords, nextWords, refreshWords } from '../faults/middleboxes/middlebox-words.ts'
import { formatMs } from '../model/duration.ts'
import type { PeerVersion } from '../model/evidence.ts'
import { causeText, remedyText } from './cause.ts'
import type { Belief, Story } from './story.ts'

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
