/**
 * What `halfopen run` gives to vitest: every scenario of the order that is played in real time, as a concurrent test.
 * It runs in a worker thread; its order comes by `provide`, its reports go back as `task.meta`.
 */
import { playOrder } from './play-order.ts'

await playOrder('real')
