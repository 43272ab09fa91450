import { type Connection, deliveredPackets, sentPackets } from '../../../evidence/connection.ts'
import { median } from '../../../text/median.ts'
import { inK, plural } from '../../../text/words.ts'
import { type DeviceLine, keepaliveMs, type Terms } from '../device-line.ts'
import { ends, type Stage } from '../device-stage.ts'
import { dutyOn } from '../duty.ts'
import { departures } from '../recovery.ts'
import { linesOf, lineUnderTest, messageTo } from '../scene.ts'
import { type DeviceStep, type PlayedStep, type Remark, type Scene, untested } from '../step.ts'

/** Some libraries ping every K/2 by design (esp-mqtt); what is well below that is a mistake. */
const THRIFTY_K = 0.45
const LEAST_PINGS = 4
const DAY_MS = 86_400_000

/** The interval as declared: pings much more often than K/2 cost power, and say that the device does not mean its keep-alive. */
function thrift(scene: Scene, line: Connection): readonly Remark[] {
  const kMs = keepaliveMs(scene.terms)
  const pings = sentPackets(line, 'up', 'pingreq').filter(({ atMs }) => atMs <= scene.toMs)
  const gaps = pings.slice(1).map(({ atMs }, i) => atMs - (pings[i]?.atMs ?? atMs))
  const typicalMs = median(gaps)
  if (pings.length < LEAST_PINGS || typicalMs >= THRIFTY_K * kMs) return []
  const perDay = (everyMs: number) => Math.round(DAY_MS / everyMs).toLocaleString('en')
  return [
    {
      result: 'warning',
      figure: `pings every ${inK(typicalMs, kMs)}`,
      text: `it pings every ${inK(typicalMs, kMs)}: ${perDay(typicalMs)} times a day instead of ${perDay(kMs)}, and each wakes its radio`,
      advice: `ping only when nothing was sent for K${declarable(typicalMs)}`,
    },
  ]
}

/** The protocol counts whole seconds: 3.1.1 and 5.0 §3.1.2.10. */
const declarable = (typicalMs: number): string =>
  typicalMs < 1000 ? '' : `, or declare the ${Math.ceil(typicalMs / 1000)} s that is meant`

const WATCHED_K = 3.5
/** Without a keep-alive there is nothing that has to happen. */
const WATCHED_OFF_MS = 10_000
/** A device that sleeps in between gets another chance. */
const TRIES = 2

export const interval: DeviceStep = {
  name: 'interval',
  title: 'Healthy interval',
  summary:
    'nothing is broken, and the device is watched, at last while it receives messages: it must be heard from in time, as often as it declared',
  longestMs: (_, kMs) => TRIES * watchedFor(kMs) + RECEIVING_K * kMs,
  act,
  judge,
}

const watchedFor = (kMs: number): number => (kMs === 0 ? WATCHED_OFF_MS : WATCHED_K * kMs)

/** And then for so long while it is sent a message now and then: more often than every K/2, at which some clients look. */
const RECEIVING_K = 2.5
const MESSAGE_EVERY_K = 0.4

async function act(stage: Stage): Promise<PlayedStep> {
  const played = await watched(stage)
  const line = stage.roster.line(played.conn)
  if (line?.alive) await sendMessages(stage, line)
  return played
}

/** A device that is never idle for so long does not ping, and shows nothing more. */
async function sendMessages(stage: Stage, line: DeviceLine): Promise<void> {
  const kMs = keepaliveMs(line.terms)
  const untilMs = stage.nowMs + RECEIVING_K * kMs
  const message = messageTo(stage, line, { qos: 0 })
  if (!message) return
  while (line.alive && stage.nowMs < untilMs) {
    stage.say(line, message)
    const restMs = Math.min(MESSAGE_EVERY_K * kMs, untilMs - stage.nowMs)
    await stage.until('all is well: sending it messages, counting its packets', restMs, ends(line))
  }
}

async function watched(stage: Stage): Promise<{ readonly conn: number }> {
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
  if (kMs === 0) return [keepaliveOff(scene.terms), ...departures(scene, linesOf(scene))]
  const judged = dutyOn(scene, line)
  const failed = judged.some(({ result }) => result === 'fail')
  return [
    ...judged,
    ...thrift(scene, line),
    ...(failed ? [] : [...departures(scene, linesOf(scene)), received(scene, line)]),
  ]
}

/** Whether it was seen while it receives. */
function received(scene: Scene, line: Connection): Remark {
  const count = deliveredPackets(line, 'down', 'publish').filter(({ atMs }) => atMs >= scene.fromMs).length
  const text =
    count === 0
      ? `it received no message${scene.limits.payload === undefined ? '' : ', since it subscribes to nothing'}: whether what it receives postpones its pings was not tested`
      : `it received ${plural(count, 'message')} meanwhile`
  return { result: 'note', text }
}

const keepaliveOff = ({ protocol }: Terms): Remark => ({
  result: 'warning',
  figure: 'keep-alive 0',
  text: 'the device declares keep-alive 0: neither it nor the broker ever notices a dead path',
  clause: `${protocol === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1'} §3.1.2.10`,
  advice: 'declare a keep-alive, shorter than the idle time-out of whatever is on the path',
})
