import { pingsOnTime } from '../../checks/pings-on-time.ts'
import { inK, seconds } from '../../checks/words.ts'
import { type Connection, type EndAt, sentPackets } from '../../evidence/connection.ts'
import { uncertaintyOf, weighed } from '../../judge/uncertainty.ts'
import { clause } from '../../timing/spec.ts'
import { windowsFor } from '../../timing/windows.ts'
import { ofDevice } from '../of-device.ts'
import { thrift } from '../ping-cost.ts'
import { type Remark, untested } from '../remark.ts'
import { historyOf, linesOf, lineUnderTest } from '../scene.ts'
import { ends, type Stage } from '../stage.ts'
import type { Played, Scene, Step } from '../step.ts'
import { keepaliveMs, type Terms } from '../terms.ts'

const WATCHED_K = 3.5
/** Without a keep-alive there is nothing that has to happen. */
const WATCHED_OFF_MS = 10_000
/** A device that sleeps in between gets another chance. */
const TRIES = 2

export const interval: Step = {
  name: 'interval',
  title: 'Healthy interval',
  summary: 'nothing is broken, and the device is watched: it must be heard from in time, as often as it declared',
  longestMs: (_, kMs) => TRIES * watchedFor(kMs),
  act,
  judge,
}

const watchedFor = (kMs: number): number => (kMs === 0 ? WATCHED_OFF_MS : WATCHED_K * kMs)

async function act(stage: Stage): Promise<Played> {
  for (let left = TRIES - 1; ; left--) {
    const { line } = stage
    const lost = await stage.until('all is well: counting its packets', watchedFor(keepaliveMs(line.terms)), ends(line))
    if (!lost || left === 0) return { conn: line.conn }
    const again = await stage.ready('the device went away: waiting for it to come back', stage.limits.waitMs)
    if (!again) return { conn: line.conn }
  }
}

function judge(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  if (!line) return untested('the device was not connected')
  const kMs = keepaliveMs(scene.terms)
  if (kMs === 0) return [keepaliveOff(scene.terms), ...wentAway(scene)]
  const judged = duty(scene)
  const failed = judged.some(({ result }) => result === 'fail')
  return [...judged, ...thrift(scene, line), ...(failed ? [] : wentAway(scene))]
}

const keepaliveOff = ({ protocol }: Terms): Remark => ({
  result: 'warning',
  figure: 'keep-alive 0',
  text: 'the device declares keep-alive 0: neither it nor the broker ever notices a dead path',
  clause: `${protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1'} §3.1.2.10`,
  advice: 'declare a keep-alive, shorter than the idle time-out of whatever is on the path',
})

function duty(scene: Scene): readonly Remark[] {
  const { terms, header, events, toMs } = scene
  const kMs = keepaliveMs(terms)
  const judged = pingsOnTime.judge({}, historyOf(scene, toMs), windowsFor(header, kMs))
  const {
    result,
    reason: said,
    sinceMs,
    seenMs,
  } = weighed(judged, uncertaintyOf(events), { keepaliveMs: kMs, endMs: toMs, actors: ['link'] })
  const reason = ofDevice(said)
  const figure = `longest silence ${inK((seenMs ?? toMs) - (sinceMs ?? toMs), kMs)}`
  const rule = clause('clientPings', terms.protocol)
  const imposed = serverKeepAlive(terms, result === 'pass')
  if (result === 'pass') return [{ result, text: reason, figure, clause: rule }, ...imposed]
  if (result !== 'fail') return [{ result: 'inconclusive', text: reason }]
  if (imposed.length > 0) return imposed.map(remark => ({ ...remark, figure, text: `${remark.text}: ${reason}` }))
  const advice = 'send PINGREQ whenever K has passed since the last packet that was sent'
  return [{ result, text: reason, figure, clause: rule, advice }]
}

/** 5.0 [MQTT-3.1.2-21], [MQTT-3.2.2-21]. */
function serverKeepAlive({ declaredS, imposedS }: Terms, honoured: boolean): readonly Remark[] {
  if (imposedS === undefined || imposedS === declaredS) return []
  const rule = 'MQTT 5.0 [MQTT-3.2.2-21]'
  const what = `Server Keep Alive ${imposedS} s instead of its own ${declaredS} s`
  if (honoured)
    return [{ result: 'note', text: `the broker imposed ${what}, and the device keeps to it`, clause: rule }]
  // Who was late by its own, shorter interval too did not ignore the broker's.
  if (declaredS > 0 && declaredS < imposedS) return []
  const advice = 'read Server Keep Alive (property 0x13) from the CONNACK and use it as the keep-alive'
  return [{ result: 'fail', text: `the device ignores the broker's ${what}`, clause: rule, advice }]
}

/** Who left a healthy connection, and how; of each that ended meanwhile. */
function wentAway(scene: Scene): readonly Remark[] {
  const lines = linesOf(scene)
  return lines.flatMap(line => {
    const end = line.ends.find(({ edge, atMs }) => edge === 'client' && atMs >= scene.fromMs && atMs <= scene.toMs)
    const replaced = lines.some(({ conn, openedMs }) => conn > line.conn && end && openedMs < end.atMs)
    return end && line.establishedMs !== undefined ? [ending(line, end, replaced)] : []
  })
}

function ending(line: Connection, end: EndAt, replaced: boolean): Remark {
  const afterMs = seconds(end.atMs - (line.establishedMs ?? end.atMs))
  if (replaced) {
    // 3.1.1 [MQTT-3.1.4-2], 5.0 [MQTT-3.1.4-3]: the server must end the older of two connections of one client id.
    const text = `it opened another connection ${afterMs} after this one, which was healthy; the broker ends the older one`
    return { result: 'warning', text, advice: 'close a connection before another one is opened' }
  }
  if (end.from === 'broker') return { result: 'inconclusive', text: `the broker ended the connection after ${afterMs}` }
  if (sentPackets(line, 'up', 'disconnect').length > 0)
    return { result: 'note', text: `it disconnected by itself after ${afterMs}: a device that sleeps` }
  const pings = `${sentPackets(line, 'up', 'pingreq').length} PINGREQ`
  return {
    result: 'fail',
    text: `the device dropped a healthy connection after ${afterMs} (${pings} sent), without DISCONNECT`,
    advice: 'find out what it took for a failure: nothing was wrong with the path',
  }
}
