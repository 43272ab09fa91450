/** The device's duty to be heard from, on one connection. */

import { type Connection, deliveredPackets } from '../../evidence/connection.ts'
import type { Finding } from '../../judge/checks/check.ts'
import { pingsOnTime } from '../../judge/checks/pings-on-time.ts'
import { uncertaintyOf, weighed } from '../../judge/uncertainty.ts'
import { inK, plural } from '../../text/words.ts'
import { clause } from '../../timing/spec.ts'
import { windowsFor } from '../../timing/windows.ts'
import { keepaliveMs, type Terms } from './device-line.ts'
import { historyOf, ofDevice } from './scene.ts'
import type { Remark, Scene } from './step.ts'

/** How long it was silent at the longest, while nothing was broken or where `despite` the step's fault it could have spoken. */
export function silenceOn(scene: Scene, line: Connection, despite = false): Finding {
  const { events, toMs } = scene
  const judged = unweighed(scene, line, despite)
  return weighed(judged, uncertaintyOf(events), {
    keepaliveMs: keepaliveMs(scene.terms),
    endMs: toMs,
    actors: ['link'],
  })
}

function unweighed(scene: Scene, line: Connection, despite: boolean): Finding {
  const { header, toMs } = scene
  const history = { ...historyOf(scene, toMs), connections: [line], ...(despite && { holds: [] }) }
  return pingsOnTime.judge({}, history, windowsFor(header, keepaliveMs(scene.terms)))
}

/** What a silence that was too long is called. */
export function tooSilent(scene: Scene, line: Connection, { reason, sinceMs, seenMs }: Finding): Remark {
  const { terms, toMs } = scene
  const heard = deliveredPackets(line, 'down', 'publish').filter(
    ({ atMs }) => atMs > (sinceMs ?? toMs) && atMs < (seenMs ?? toMs),
  )
  const meanwhile = heard.length === 0 ? '' : `; meanwhile it received ${plural(heard.length, 'message')}`
  return {
    result: 'fail',
    text: `${ofDevice(reason)}${meanwhile}`,
    figure: `longest silence ${inK((seenMs ?? toMs) - (sinceMs ?? toMs), keepaliveMs(terms))}`,
    clause: clause('clientPings', terms.protocol),
    advice:
      heard.length === 0
        ? 'send PINGREQ whenever K has passed since the last packet that was sent'
        : 'count K from the last packet that was sent: what is received must not postpone the PINGREQ',
  }
}

/** Of a device that was not tested since it had lost its connection, or was never heard from: it may have failed its duty. */
export function silent(scene: Scene, line: Connection | undefined): Remark | undefined {
  if (!line || line.establishedMs === undefined || keepaliveMs(scene.terms) === 0) return undefined
  if (unweighed(scene, line, true).result !== 'fail') return undefined
  const found = silenceOn(scene, line, true)
  // The harness can't tell; but that it did all that was asked of it, it can't say either.
  return found.result === 'fail'
    ? tooSilent(scene, line, found)
    : { result: 'inconclusive', text: ofDevice(found.reason) }
}

/** How it kept its duty, with the keep-alive that the broker imposed where it did. */
export function dutyOn(scene: Scene, line: Connection, despite = false): readonly Remark[] {
  const { terms, toMs } = scene
  const found = silenceOn(scene, line, despite)
  const { result, reason, sinceMs, seenMs } = found
  const figure = `longest silence ${inK((seenMs ?? toMs) - (sinceMs ?? toMs), keepaliveMs(terms))}`
  const imposed = serverKeepAlive(terms, result === 'pass')
  if (result === 'pass')
    return [{ result, text: ofDevice(reason), figure, clause: clause('clientPings', terms.protocol) }, ...imposed]
  if (result !== 'fail') return [{ result: 'inconclusive', text: ofDevice(reason) }]
  const remark = tooSilent(scene, line, found)
  if (imposed.length > 0) return imposed.map(each => ({ ...each, figure, text: `${each.text}: ${remark.text}` }))
  return [remark]
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
