/** The connection that came back after a fault: it has to last, and the device has to ping on it. */

import { type Connection, type EndAt, sentPackets } from '../../evidence/connection.ts'
import { seconds } from '../../text/words.ts'
import { keepaliveMs } from './device-line.ts'
import { ends, type Stage } from './device-stage.ts'
import { silenceOn, tooSilent } from './duty.ts'
import { liftedMs, linesOf } from './scene.ts'
import type { Remark, Scene } from './step.ts'

/** Long enough for a ping that is due and for what the device makes of its answer. */
const WATCHED_K = 2

/** Waits until the device is back, and then watches it for 2K. */
export async function recovered(stage: Stage, text: string, forMs = stage.limits.backMs): Promise<void> {
  if (!(await stage.ready(text, forMs)) || stage.roster.tls) return
  const { line } = stage
  const watchedMs = WATCHED_K * keepaliveMs(line.terms)
  if (watchedMs > 0) await stage.until('it is back: watching its new connection for 2K', watchedMs, ends(line))
}

/** Ends the device's connection, and waits until it has opened another one. False where it did not in time. */
export async function broughtBack(stage: Stage, fault: string): Promise<boolean> {
  const { line, roster, limits } = stage
  stage.cut(line, fault)
  const back = () => (roster.current?.conn ?? 0) > line.conn
  return stage.until('disconnected: waiting for the device to come back', limits.backMs, back)
}

/** How the connections that it opened after the fault `sinceConn` went on. */
export function afterwards(scene: Scene, sinceConn = scene.conn): readonly Remark[] {
  if (keepaliveMs(scene.terms) === 0) return []
  const healthyMs = liftedMs(scene) ?? scene.toMs
  const lines = linesOf(scene).filter(
    ({ conn, establishedMs = -Infinity, undecoded }) =>
      conn > sinceConn && !undecoded && establishedMs >= healthyMs && establishedMs <= scene.toMs,
  )
  return lines.flatMap(line => {
    const found = silenceOn(scene, line, true)
    if (found.result !== 'fail') return departures(scene, [line])
    const remark = tooSilent(scene, line, found)
    return [{ ...remark, text: `after it had come back, ${remark.text}` }]
  })
}

/** Who left a healthy connection, and how; of each of these that ended in the step's time. */
export function departures(scene: Scene, lines: readonly Connection[]): readonly Remark[] {
  const all = linesOf(scene)
  return lines.flatMap(line => {
    const end = line.ends.find(({ edge, atMs }) => edge === 'client' && atMs >= scene.fromMs && atMs <= scene.toMs)
    const replaced = all.some(({ conn, openedMs }) => conn > line.conn && end && openedMs < end.atMs)
    // What the programme itself ended is not the device's doing.
    if (!end || end.from === 'fault' || line.establishedMs === undefined) return []
    return [ending(line, end, replaced)]
  })
}

function ending(line: Connection, end: EndAt, replaced: boolean): Remark {
  // Both were noticed together, after a standstill of ours: which came first is not known.
  if (end.atMs < (line.establishedMs ?? end.atMs))
    return { result: 'inconclusive', text: 'its connection was noticed to have ended before its CONNACK was' }
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
