/** The device's duty to be heard from, on one connection. */
import type { Finding } from '../checks/check.ts'
import { pingsOnTime } from '../checks/pings-on-time.ts'
import { inK, plural } from '../checks/words.ts'
import { type Connection, deliveredPackets } from '../evidence/connection.ts'
import { uncertaintyOf, weighed } from '../judge/uncertainty.ts'
import { clause } from '../timing/spec.ts'
import { windowsFor } from '../timing/windows.ts'
import { ofDevice } from './of-device.ts'
import type { Remark } from './remark.ts'
import { historyOf } from './scene.ts'
import type { Scene } from './step.ts'
import { keepaliveMs } from './terms.ts'

/** How long it was silent at the longest, while nothing was broken or where `despite` the step's fault it could have spoken. */
export function silenceOn(scene: Scene, line: Connection, despite = false): Finding {
  const { header, events, toMs } = scene
  const kMs = keepaliveMs(scene.terms)
  const history = { ...historyOf(scene, toMs), connections: [line], ...(despite && { holds: [] }) }
  const judged = pingsOnTime.judge({}, history, windowsFor(header, kMs))
  return weighed(judged, uncertaintyOf(events), { keepaliveMs: kMs, endMs: toMs, actors: ['link'] })
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
  const found = silenceOn(scene, line, true)
  return found.result === 'fail' ? tooSilent(scene, line, found) : undefined
}
