/**
 * The one entry that `halfopen run` gives to vitest: every scenario of the order as a concurrent test.
 * It runs in a worker thread; its order comes by `provide`, its reports go back as `task.meta`.
 */
import { BroadcastChannel } from 'node:worker_threads'
import { inject } from 'vitest'
import { openLab } from '../plugins.ts'
import { registerScenarios } from './register.ts'

const order = inject('halfopen')
const stop = new AbortController()

// vitest's own cancelling reaches only tests that started after the last one ended (its list of running tests is
// cut short with each), so the word comes by a channel of ours.
const channel = new BroadcastChannel(order.stop)
channel.unref()
channel.onmessage = () => stop.abort(new Error('stopped'))

registerScenarios({ ...order, openLab: () => openLab(order.lab), signal: stop.signal, cwd: process.cwd(), caller: [] })
