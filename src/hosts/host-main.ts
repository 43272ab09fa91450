/** The process of parts: it opens them by the modules that it is told, and sends what they record once a turn of its loop. */

import { createBirpc } from 'birpc'
import { goFaster } from '../clock/faster.ts'
import { FINE, heartbeat } from '../clock/heartbeat.ts'
import type { Recorded } from '../clock/kit.ts'
import { realClock } from '../clock/real.ts'
import { putFirst } from '../clock/scheduler.ts'
import { turns } from '../clock/turns.ts'
import { messageOf } from '../text/message-of.ts'
import { HostOutbox } from './outbox.ts'
import type { Channel, ChannelOrder, HostedPart, HostFunctions, OpenPart, ParentFunctions, Preload } from './part.ts'

/** Below it a date is as good as the lab's resolution, and evidence stays short. */
const LATE_MS = 1

function main(): void {
  putFirst()
  const speed = Number(process.argv[3] ?? 0)
  // What its parts load from now on takes its time from there.
  const clocks = speed > 0 ? goFaster(speed) : undefined
  const parts = new Map<number, HostedPart>()
  const turn = turns()
  /** Called once the message that is being sent is written. */
  let written = () => {}
  const outbox = new HostOutbox({
    send(batch, taken) {
      written = taken
      parent.events.asEvent(batch)
      written = () => {}
    },
  })
  let isDue = false
  const flush = () => {
    isDue = false
    outbox.flush()
  }

  const post = (id: number, event: Recorded, atMs: number, lateMs: number) => {
    if (!isDue) turn.afterwards(flush)
    isDue = true
    const { lateMs: _given, ...rest } = event
    outbox.add(id, { ...rest, atMs, ...(lateMs >= LATE_MS && { lateMs: tenths(lateMs) }) })
  }

  const channel = ({ id, originMs, speed }: ChannelOrder): Channel => {
    const clock = realClock(originMs, speed)
    /** Own acts of this turn that were not begun yet: marks never are. */
    const own: (Recorded & { readonly atMs: number })[] = []
    const releaseMarks = () => {
      for (const event of own.splice(0)) post(id, event, event.atMs, 0)
    }
    const dated = (event: Recorded, lateMs: () => number) =>
      post(id, event, event.atMs ?? clock.nowMs(), event.lateMs ?? (event.atMs === undefined ? lateMs() : 0))
    return {
      clock,
      record: event => dated(event, () => turn.lateMs() * speed),
      ownActs: {
        record(event) {
          const atMs = event.atMs ?? clock.nowMs()
          own.push({ ...event, atMs })
          turn.afterwards(releaseMarks)
        },
        begin() {
          const begun = own.splice(0)
          return () => {
            const nowMs = clock.nowMs()
            for (const event of begun.splice(0)) post(id, event, nowMs, nowMs - event.atMs)
          }
        },
      },
    }
  }

  const functions: HostFunctions = {
    ping() {},
    step: (byMs, monotonic) => clocks?.step(byMs, monotonic),
    drift: msPerS => clocks?.drift(msPerS),
    async load(module, args) {
      const { preload } = (await import(module)) as { readonly preload?: Preload }
      await preload?.(args as never)
    },
    async open(id, module, args, order) {
      const { openPart } = (await import(module)) as { readonly openPart: OpenPart }
      const part = await openPart(args as never, { channel }, order && channel(order))
      parts.set(id, part)
      outbox.flushAll()
      return part.reply
    },
    async call(id, method, args) {
      const answer = await parts.get(id)?.methods[method]?.(...args)
      outbox.flushAll()
      return answer
    },
    async close(id) {
      const part = parts.get(id)
      parts.delete(id)
      await part?.[Symbol.asyncDispose]()
      outbox.flushAll()
      outbox.close(id)
    },
  }
  const parent = createBirpc<ParentFunctions, HostFunctions>(functions, {
    // A send that fails is one to a parent that is gone: `disconnect` comes next.
    post(message) {
      const done = written
      process.send?.(message, undefined, undefined, () => done())
    },
    on: listener => process.on('message', listener),
    timeout: -1,
  })
  heartbeat(standing => parent.standing.asEvent(standing), turn, clocks && FINE)
  // The parent is gone, however it ended; also while this was still being loaded, when the event came too early to be heard.
  process.on('disconnect', () => process.exit())
  if (!process.connected) process.exit()
  // A library may throw from a timer of its own: that is one client's or one broker's fault, and the others live here too.
  process.on('uncaughtException', error => parent.threw.asEvent(messageOf(error)))
  process.on('unhandledRejection', reason => parent.threw.asEvent(messageOf(reason)))
}

/** Upwards: the interval must hold the truth. */
const tenths = (ms: number): number => Math.ceil(ms * 10) / 10

if (process.send) main()
