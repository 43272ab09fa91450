import { swallow } from '../../../faults/swallow.ts'
import { resolveDuration } from '../../../model/duration.ts'
import { watchedMs } from '../device-limits.ts'
import { keepaliveMs } from '../device-line.ts'
import { ends, type Stage } from '../device-stage.ts'
import { judgeGiveUp } from '../give-up.ts'
import { afterAnswer, KEEPALIVE_OFF, linkOrders } from '../half-open.ts'
import { recovered } from '../recovery.ts'
import type { DeviceStep, PlayedStep } from '../step.ts'

/** The path is fine and the broker hears everything: only its PINGRESPs are gone, as behind a broker that hangs. */
export const pingresp: DeviceStep = {
  name: 'pingresp',
  title: 'PINGRESP withheld',
  summary: 'every PINGRESP vanishes, everything else passes',
  longestMs: ({ giveUp }, kMs) => kMs + 1000 + watchedMs(resolveDuration(giveUp, kMs)),
  act,
  judge: scene =>
    judgeGiveUp(scene, {
      advice: 'close the connection when no PINGRESP has come within K of the PINGREQ',
      untouched: 'the device sent no PINGREQ: its other packets were enough',
    }),
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line } = stage
  const kMs = keepaliveMs(line.terms)
  if (kMs === 0) return { untested: KEEPALIVE_OFF }
  await afterAnswer(stage, line)
  if (!line.alive) return { untested: 'the device lost its connection before the fault', conn: line.conn }
  stage.hold(fault, linkOrders(swallow.on({ packets: ['pingresp'], direction: 'down' }, kMs)))
  const forMs = watchedMs(resolveDuration(stage.limits.giveUp, kMs))
  const closed = await stage.until('its pings have no answer: waiting for it to close', forMs, ends(line))
  stage.lift()
  if (closed) await recovered(stage, 'waiting for the device to come back')
  return { conn: line.conn }
}
