import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { SCAN_MS } from '../clusters.ts'
import { againstK, lengthWords, spreadWords } from '../dates.ts'
import { type Facts, lifeOf, medianBack, numbers, ownTimeouts, quietKeepaliveS, wasTold } from '../log-facts.ts'
import type { SessionRecord } from '../session-summary.ts'
import { spreadOf } from '../tally.ts'

/** Clients that never ping, or not while they receive (the duty counts what the client sends: MQTT 3.1.1 §3.1.2.10). */
export const noPings: Cause = {
  name: 'client-does-not-ping',
  weigh(facts) {
    const own = ownTimeouts(facts)
    const keepaliveS = facts.keepaliveS ?? quietKeepaliveS(facts) ?? 0
    if (own.length < facts.atLeast || keepaliveS === 0) return undefined
    const logged = own.filter(each => each.logged)
    return logged.length >= own.length / 2
      ? withPackets(facts, logged, keepaliveS)
      : withoutPackets(facts, own, keepaliveS)
  },
}

const ADVICE = [
  "let the client send PINGREQ by what it has sent itself, not by what it received: [MQTT-3.1.2-23] of MQTT 3.1.1; call the library's loop often enough",
]
const NEXT = [
  'a capture on the client: does it send a PINGREQ within K of its last packet?',
  'halfopen device: the step "interval" shows how the client pings',
]

function withPackets({ pingGaps, troubles, clients }: Facts, logged: readonly SessionRecord[], keepaliveS: number) {
  // In a session that ended so, K passed and no PINGREQ came.
  const receiving = logged.filter(({ tailGapMs = Infinity, downs }) => downs > 0 && tailGapMs < 1000 * keepaliveS)
  const pings = logged.reduce((sum, each) => sum + each.pings, 0)
  const isReceiving = receiving.length > logged.length / 2
  const scales = new Scales(
    isReceiving
      ? 'the client does not ping while it receives: it takes what it receives for life'
      : 'the client never pings',
    3,
  )
  if (pingGaps.count === 0 && pings === 0)
    scales.pro(
      2,
      `the client sent no PINGREQ in any of ${plural(
        clients.reduce((n, { records }) => n + records.length, 0),
        'session',
      )}, though K = ${keepaliveS} s`,
    )
  else if (isReceiving) scales.contra(0.5, `it sent ${plural(pingGaps.count, 'PINGREQ')} at other times`)
  else scales.contra(4, `it sent ${plural(pingGaps.count, 'PINGREQ')}`)
  if (isReceiving)
    scales.pro(
      3,
      `the path was never silent for more than ${lengthWords(spreadOf(numbers(receiving, ({ tailGapMs }) => tailGapMs))?.mostMs ?? 0)}: the broker sent to it until the end`,
    )
  weighReturn(scales, troubles, keepaliveS)
  return scales.done({ advice: ADVICE, next: NEXT })
}

function withoutPackets(
  { records, packetsLog, keepaliveS: told }: Facts,
  own: readonly SessionRecord[],
  keepaliveS: number,
) {
  const lives = own.filter(({ fromMs }) => fromMs !== undefined)
  const isLong = (each: SessionRecord) => (lifeOf(each) ?? 0) > 1500 * keepaliveS + SCAN_MS
  const quiet = lives.filter(each => !isLong(each))
  if (lives.length === 0) return undefined
  if (quiet.length < 0.7 * lives.length) return lateOnes(own, keepaliveS, packetsLog)
  const scales = new Scales('the client never pings, or nothing that it sends after CONNECT gets through', 3)
  const mostMs = Math.max(...numbers(quiet, lifeOf))
  // Without K nothing tells one that is there from one whose path is dead.
  scales.pro(
    told === undefined ? 1 : 2,
    `nothing was heard of it after CONNECT: the broker timed it out ${spreadWords(numbers(quiet, lifeOf))} after CONNECT (${told === undefined ? `1.5K of a K of some ${keepaliveS} s, which is not told` : `K = ${keepaliveS} s, ${againstK(mostMs, keepaliveS)}`})`,
  )
  const others = records.filter(each => !each.logged && isLong(each))
  if (others.length > 0)
    scales.contra(
      2.5,
      `${plural(others.length, 'other session')} lasted ${spreadWords(numbers(others, lifeOf))}, so that something of it came through there`,
    )
  if (told !== undefined || wasTold(own, keepaliveS) === 'no') weighReturn(scales, own, keepaliveS)
  return scales.done({
    advice: ADVICE,
    next: [`${packetsLog}: does a PINGREQ of the client arrive?`, ...NEXT],
  })
}

/** It pinged for a while. Only one that was told of its end, and so was there all the time, was late with its pings. */
function lateOnes(own: readonly SessionRecord[], keepaliveS: number, packetsLog: string) {
  const told = wasTold(own, keepaliveS)
  if (told !== 'yes' && told !== 'weakly') return undefined
  const scales = new Scales(
    'the client is late with its pings or stops sending them (a loop that blocks, a library that is not called often enough)',
    3,
  )
  scales.pro(
    0.5,
    `sessions of ${spreadWords(numbers(own, lifeOf))} with K = ${keepaliveS} s: something of it came through in each, and then nothing for 1.5K`,
  )
  weighReturn(scales, own, keepaliveS)
  return scales.done({
    advice: ADVICE,
    next: [`${packetsLog}: how far apart are its packets?`, ...NEXT],
  })
}

/** Who is alive sees the broker close, and is back soon; whose path is dead sees nothing. */
function weighReturn(scales: Scales, troubles: readonly SessionRecord[], keepaliveS: number): void {
  const back = medianBack(troubles)
  const told = wasTold(troubles, keepaliveS)
  if (!back) return
  if (told === 'yes' || told === 'weakly')
    scales.pro(
      told === 'yes' ? 1.5 : 1,
      `it was back ${spreadWords(back)} after the broker closed: it was there, and was told`,
    )
  else if (told === 'no')
    scales.contra(
      4,
      `it was back ${spreadWords(back)} later, by its own clock: it was not told that the broker had closed`,
    )
}
