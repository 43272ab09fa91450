import { BroadcastChannel } from 'node:worker_threads'
import { inject } from 'vitest'
import { putThread } from '../clock/scheduler.ts'
import { loadProject } from '../load-project.ts'
import { type OrderPart, PING, PONG, STOP } from './order.ts'
import { registerScenarios } from './register.ts'

/**
 * What plays scenarios in real time hands over messages and gives faults at their moments: behind the processes that date (putFirst), before
 * ordinary work. What lives in virtual time has no moments, and keeps a processor busy for as long as it plays.
 */
// Two steps behind are two thirds of a share (sched-nice-design in the kernel's documentation): with five, a suite in virtual time beside
// four busy programs took half as long again.
const NICE = { real: -5, virtual: 2 }

/**
 * Each of them keeps a processor busy: more at once end no sooner, and hold the memory of all of them. This thread is in the process that
 * starts programs, and a start copies the tables of its memory: 5 ms where it is small, tens of them where it is large.
 */
const VIRTUAL_AT_ONCE = 4

/** Registers the part of the order that is played in real time, or the part that is not, in this worker thread. */
export async function playOrder(time: 'real' | 'virtual'): Promise<void> {
  putThread(NICE[time])
  const order = inject('halfopen')
  const cwd = process.cwd()
  const { catalog } = await loadProject(order.project, { cwd, color: false })
  const stop = new AbortController()

  // vitest's own cancelling reaches only tests that started after the last one ended (its list of running tests is
  // cut short with each), so the word comes by a channel of ours.
  const channel = new BroadcastChannel(order.stop)
  channel.unref()
  channel.onmessage = event => {
    // Every thread hears every word, also what another one answers.
    const { data } = event as MessageEvent
    if (data === STOP) stop.abort(new Error('stopped'))
    // A simulation keeps its thread busy, so it is not asked whether it is stuck.
    if (data === PING && time === 'real') channel.postMessage(PONG)
  }

  const only = ({ lab }: OrderPart) => catalog.isVirtual(lab) === (time === 'virtual')
  const atOnce = time === 'virtual' ? { atOnce: VIRTUAL_AT_ONCE } : {}
  registerScenarios({ ...order, ...atOnce, catalog, only, signal: stop.signal, cwd, caller: [] })
}
