import { type Connection, deliveredPackets, firstEnd, lostMs, sentPackets } from '../../../evidence/connection.ts'
import type { LinkOrder } from '../../../faults/fault.ts'
import { uncertaintyOf, weighed } from '../../../judge/uncertainty.ts'
import { formatMs } from '../../../model/duration.ts'
import type { Event } from '../../../model/event.ts'
import { inK, seconds } from '../../../text/words.ts'
import { watchedMs } from '../device-limits.ts'
import type { Stage } from '../device-stage.ts'
import { afterwards, recovered } from '../recovery.ts'
import { holdOf, liftedMs, linesOf, lineUnderTest, nextLine, upMs } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'

/**
 * The CONNECT gets through, and with it what it takes to send one over TLS or a WebSocket. Everything that the broker says to it is held,
 * its FIN too: a broker that tires of a device which it has let in would otherwise tell it.
 */
const WITHHOLD: LinkOrder = {
  to: 'link',
  do: 'add',
  key: 'answers',
  toxic: 'blackhole',
  attributes: { recovery: 'at-once', holds: 'answers' },
  flows: ['down'],
}

export const connack: DeviceStep = {
  name: 'connack',
  title: 'CONNACK withheld',
  summary: 'the device is disconnected, and its next CONNECT has no answer',
  longestMs: ({ backMs, connackMs }) => 2 * backMs + watchedMs(connackMs),
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line, limits, roster } = stage
  stage.hold(fault, [WITHHOLD])
  stage.cut(line, fault)
  let tried: number | undefined
  const tries = (event: Event) => {
    if (!isConnect(event) || event.conn === tried || event.conn === line.conn || !roster.belongs(event.conn))
      return false
    tried = event.conn
    return true
  }
  await stage.until('disconnected: waiting for its CONNECT', limits.backMs, tries)
  const attempt = tried
  if (attempt === undefined) return { conn: line.conn }
  const closes = (event: Event) => isEnd(event) && event.conn === attempt && event.edge === 'client'
  const closed = await stage.until('no CONNACK comes: waiting for it to give up', watchedMs(limits.connackMs), closes)
  if (closed) await stage.until('waiting for its next attempt', limits.backMs, tries)
  stage.lift()
  await recovered(stage, 'waiting for the device to come back')
  return { conn: attempt }
}

const isConnect = (event: Event): boolean =>
  event.what === 'packet' && event.packet.cmd === 'connect' && event.edge === 'client'
const isEnd = (event: Event): event is Event & { what: 'fin' | 'rst'; edge: 'client' | 'broker' } =>
  event.what === 'fin' || event.what === 'rst'

function judge(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  const connect = line && sentPackets(line, 'up', 'connect')[0]
  if (!line || !connect) return untested('the device sent no CONNECT')
  if (connect.atMs < scene.fromMs) return [neverTried(scene)]
  if (!withheld(scene, line)) return [{ result: 'inconclusive', text: 'the broker did not answer the CONNECT' }]
  return [givingUp(scene, line, connect.atMs), ...again(scene, line), ...comingBack(scene)]
}

/** The fault's proof. */
function withheld(scene: Scene, line: Connection): boolean {
  const untilMs = Math.min(firstEnd(line, 'client', ['client'])?.atMs ?? Infinity, liftedMs(scene) ?? scene.toMs)
  const heard = deliveredPackets(line, 'down').some(({ atMs }) => atMs < untilMs)
  return sentPackets(line, 'down', 'connack').length > 0 && !heard
}

function neverTried({ limits }: Scene): Remark {
  const text = `the device did not send another CONNECT in ${formatMs(limits.backMs)} after it was disconnected`
  return { result: 'fail', text, advice: 'connect again after a loss, with a growing delay' }
}

function givingUp(scene: Scene, line: Connection, connectMs: number): Remark {
  const { limits, events, toMs } = scene
  const window = {
    earliestMs: 0,
    latestMs: limits.connackMs,
    origin: 'scenario',
    source: 'bound of this programme',
  } as const
  const closedMs = closedBefore(line, liftedMs(scene) ?? toMs) ?? null
  const endMs = closedMs ?? liftedMs(scene) ?? toMs
  const tookMs = endMs - connectMs
  const late = closedMs === null || tookMs > limits.connackMs
  const allowed = `allowed at most ${formatMs(limits.connackMs)}`
  const did = closedMs === null ? `it still waited for its CONNACK after` : 'it gave the attempt up'
  const reason = `${did} ${seconds(tookMs)}${closedMs === null ? '' : ' after its CONNECT'}; ${allowed}`
  const finding = { result: late ? 'fail' : 'pass', reason, sinceMs: connectMs, seenMs: closedMs, window } as const
  const judged = weighed(finding, uncertaintyOf(events), { keepaliveMs: 0, endMs, actors: ['link'] })
  const figure = closedMs === null ? 'never closed' : `gave up after ${seconds(tookMs)}`
  if (judged.result === 'pass') return { result: 'pass', text: judged.reason, figure, clause: clauseOf(scene) }
  if (judged.result !== 'fail') return { result: 'inconclusive', text: judged.reason }
  return {
    result: 'fail',
    text: judged.reason,
    figure,
    clause: clauseOf(scene),
    advice: 'limit the time from CONNECT to CONNACK, close the socket when it is over, and try again',
  }
}

/** What it closes later it may close because it is told. */
function closedBefore(line: Connection, untilMs: number): number | undefined {
  const end = firstEnd(line, 'client', ['client'])
  return end && end.atMs < untilMs ? end.atMs : undefined
}

/** Non-normative, and without a number. */
const clauseOf = ({ terms }: Scene): string => `${terms.protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1'} §3.2 (no number)`

/** Still without an answer: whether it tries once more. */
function again(scene: Scene, line: Connection): readonly Remark[] {
  const closedMs = closedBefore(line, liftedMs(scene) ?? scene.toMs)
  if (closedMs === undefined) return []
  const next = linesOf(scene).find(
    ({ conn, packets }) => conn > line.conn && packets.some(({ packet }) => packet.cmd === 'connect'),
  )
  if (!next)
    return [
      {
        result: 'fail',
        text: 'it did not try again',
        advice: 'connect again after a failed attempt, with a growing delay',
      },
    ]
  return [{ result: 'note', text: `it tried again ${inK(next.openedMs - closedMs, 0)} later` }]
}

/** Counted from the loss, or from when the path was healthy again. Nothing to say where it never lost its connection. */
export function comingBack(scene: Scene, allowedMs = scene.limits.backMs): readonly Remark[] {
  const line = lineUnderTest(scene)
  const lost = line && lostMs(line)
  if (lost === undefined || lost > scene.toMs) return []
  const sinceMs = Math.max(lost, holdOf(scene)?.liftedMs ?? lost)
  const next = nextLine(scene)
  const back = next && upMs(next)
  if (back !== undefined && back <= scene.toMs)
    return [
      { result: 'note', text: `it was back ${seconds(Math.max(0, back - sinceMs))} after the path was healthy again` },
      ...afterwards(scene),
    ]
  const waitedMs = scene.toMs - sinceMs
  const text = `it was not back ${seconds(waitedMs)} after the path was healthy again`
  if (waitedMs < allowedMs) return [{ result: 'inconclusive', text }]
  return [
    { result: 'fail', text, advice: 'try to connect again for as long as the device is on, with a growing delay' },
  ]
}
