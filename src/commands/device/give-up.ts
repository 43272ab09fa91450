/**
 * Whether the device gives a connection up on which nobody answers any more, and comes back. Shared by every step that makes
 * the broker fall silent.
 */

import { deliveredPackets, firstEnd, type Hold, type PacketAt, sentPackets } from '../../evidence/connection.ts'
import type { Finding } from '../../judge/checks/check.ts'
import { clientGivesUp } from '../../judge/checks/client-gives-up.ts'
import { withinWindow } from '../../judge/checks/window.ts'
import { uncertaintyOf, weighed } from '../../judge/uncertainty.ts'
import type { Window } from '../../model/verdict.ts'
import { inK, plural } from '../../text/words.ts'
import { clause } from '../../timing/spec.ts'
import { windowOf, windowsFor } from '../../timing/windows.ts'
import { keepaliveMs } from './device-line.ts'
import { silent } from './duty.ts'
import { historyOf, holdOf, linesOf, lineUnderTest, ofDevice, touched } from './scene.ts'
import { type Remark, type Scene, untested } from './step.ts'
import { comingBack } from './steps/connack.ts'

export interface GiveUpWords {
  /** What to do about a device that does not. */
  readonly advice: string
  /** Why there is nothing to judge where the fault met no packet. */
  readonly untouched: string
}

export function judgeGiveUp(scene: Scene, { advice, untouched }: GiveUpWords): readonly Remark[] {
  const hold = holdOf(scene)
  if (!hold || !lineUnderTest(scene)) return untested('the fault was never in force')
  const asleep = wentToSleep(scene, hold)
  if (asleep !== undefined) return untested(asleep)
  if (!touched(scene)) {
    const failed = silent(scene, lineUnderTest(scene))
    return failed ? [failed] : untested(untouched)
  }
  const closed = closing(scene, hold, advice)
  return [closed, ...goodbye(scene, hold), ...comingBack(scene)]
}

function closing(scene: Scene, { heldMs, liftedMs }: Hold, advice: string): Remark {
  const { terms, limits, header, events, fault } = scene
  const kMs = keepaliveMs(terms)
  const endMs = liftedMs ?? scene.toMs
  const rule = clause('clientGivesUp', terms.protocol)
  const bound = windowOf(
    { earliest: { ms: 0, k: 0 }, latest: limits.giveUp },
    kMs,
    'scenario',
    'bound of this programme',
  )
  const windows = { ...windowsFor(header, kMs), clientGivesUp: bound }
  const found = replacement(scene, heldMs, bound) ?? clientGivesUp.judge({}, historyOf(scene, endMs), windows)
  const { result, reason, seenMs } = weighed(found, uncertaintyOf(events), {
    keepaliveMs: kMs,
    endMs,
    actors: ['link'],
  })
  const text = ofDevice(reason, fault) + sincePing(scene, heldMs, seenMs)
  const figure = seenMs === null ? 'never closed' : `closed after ${inK(seenMs - heldMs, kMs)}`
  if (result === 'pass') return { result, text, figure, clause: rule }
  if (result !== 'fail') return { result: 'inconclusive', text }
  const others = heardBesides(scene, heldMs, seenMs ?? endMs)
  const failed = { result, text, figure, clause: rule, advice } as const
  return others === undefined ? failed : { ...failed, result: 'warning', text: `${text}; but ${others}` }
}

/** A device that opens another connection has given this one up, even if it closes it later or leaves that to the broker. */
function replacement(scene: Scene, heldMs: number, window: Window): Finding | undefined {
  const line = lineUnderTest(scene)
  const closedMs = line && firstEnd(line, 'client', ['client'])?.atMs
  const opened = linesOf(scene).find(({ conn, openedMs }) => conn > scene.conn && openedMs > heldMs)
  if (!opened || opened.openedMs >= (closedMs ?? Infinity) || opened.openedMs > scene.toMs) return undefined
  const told = line?.ends.some(
    ({ edge, from, atMs }) => edge === 'client' && from !== 'client' && atMs < opened.openedMs,
  )
  if (told) return undefined
  return withinWindow({
    window,
    keepaliveMs: keepaliveMs(scene.terms),
    sinceMs: heldMs,
    seenMs: opened.openedMs,
    endMs: opened.openedMs,
    did: 'the device opened another connection, with this one still open,',
    didNot: '',
    since: 'the fault',
  })
}

/** What is between a ping and its giving up is the time that it grants the answer. */
function sincePing(scene: Scene, heldMs: number, closedMs: number | null): string {
  const ping = sentSince(scene, heldMs).find(({ packet }) => packet.cmd === 'pingreq')
  if (!ping || closedMs === null || ping.atMs > closedMs) return ''
  return `; it waited ${inK(closedMs - ping.atMs, keepaliveMs(scene.terms))} for its PINGRESP`
}

/** Other packets from the broker are a sign of life too, if no answer to the PINGREQ. */
function heardBesides(scene: Scene, fromMs: number, toMs: number): string | undefined {
  const line = lineUnderTest(scene)
  const heard = line ? deliveredPackets(line, 'down').filter(({ atMs }) => atMs > fromMs && atMs < toMs) : []
  return heard.length === 0 ? undefined : `${plural(heard.length, 'other packet')} from the broker came meanwhile`
}

/** A DISCONNECT before it had asked for anything is no giving up: it is done, and will come again. */
function wentToSleep(scene: Scene, { heldMs }: Hold): string | undefined {
  const sent = sentSince(scene, heldMs)
  const goodbye = sent.findIndex(({ packet }) => packet.cmd === 'disconnect')
  const first = sent[0]
  if (goodbye !== 0 || !first) return undefined
  return `the device disconnected by itself ${inK(first.atMs - heldMs, keepaliveMs(scene.terms))} after the fault, before it had asked for anything`
}

/** 3.1.1 [MQTT-3.1.2-8], 5.0 [MQTT-3.1.2-8]: a DISCONNECT that arrives deletes the will. Paho C says one as it gives up. */
function goodbye(scene: Scene, { heldMs }: Hold): readonly Remark[] {
  const said = sentSince(scene, heldMs).find(({ packet }) => packet.cmd === 'disconnect')
  if (!said || (said.packet.code ?? 0) !== 0) return []
  return [
    {
      result: 'warning',
      text: 'it sent DISCONNECT as it gave up',
      clause: clause('will', scene.terms.protocol),
      advice: 'close without a DISCONNECT: a broker that receives it throws the will away',
    },
  ]
}

function sentSince(scene: Scene, heldMs: number): readonly PacketAt[] {
  const line = lineUnderTest(scene)
  return line ? sentPackets(line, 'up').filter(({ atMs }) => atMs > heldMs) : []
}
