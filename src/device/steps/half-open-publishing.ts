import { seconds } from '../../text/words.ts'
import { halfOpen, often } from '../half-open.ts'
import type { Step } from '../step.ts'

/** The classic failure: a device whose own writes stop its timer from ever running out (MQTT.js to 5.5.4, issue #682). */
export const halfOpenPublishing: Step = halfOpen({
  name: 'half-open-publishing',
  title: 'Half-open while publishing',
  summary: 'the path dies in both directions while the device publishes; nobody is told',
  refusal(habit, kMs) {
    if (habit.published === 0) return `the device did not publish during ${seconds(habit.watchedMs)}`
    if (habit.longestPauseMs < kMs) return undefined
    return `the device published ${often(habit)} only, with a pause longer than K: that is idle`
  },
  advice:
    'let only what is received restart the timer, never what is sent: a device that writes more often than K does not find out otherwise',
})
