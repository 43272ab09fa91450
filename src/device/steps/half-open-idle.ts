import { seconds } from '../../text/words.ts'
import { halfOpen, often } from '../half-open.ts'
import type { Step } from '../step.ts'

export const halfOpenIdle: Step = halfOpen({
  name: 'half-open-idle',
  title: 'Half-open while idle',
  summary: 'the path dies in both directions while the device has nothing to say; nobody is told',
  refusal: (habit, kMs) =>
    habit.published > 0 && habit.longestPauseMs < kMs
      ? `the device published ${often(habit)}, at least every ${seconds(habit.longestPauseMs)}, more often than K: it is never idle`
      : undefined,
  advice: 'send PINGREQ when K has passed, and close when no PINGRESP has come within another K',
})
