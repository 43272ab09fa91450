import { describe, expect, it } from 'vitest'
import type { Case } from '../../../src/commands/repro/repro-case.ts'
import { playableSafeS } from '../../../src/commands/repro/repro-scenario.ts'
import { play } from '../../../src/commands/repro/run.ts'
import { type Story, storyOf } from '../../../src/commands/repro/story.ts'
import { middleboxes } from '../../../src/faults/middleboxes/index.ts'
import { checks } from '../../../src/judge/checks/index.ts'
import { judge } from '../../../src/judge/judge.ts'
import { caseOf } from './cases.ts'

async function tell(given: Case): Promise<Story> {
  const { evidence, idle } = await play(given, 'simulated', {})
  return storyOf(evidence, idle, given)
}

const verdict = ({ evidence }: Story) => judge(evidence, checks).result

/** What user space and virtual time show of a box, by what it does. */
function symptom({ given: { box }, losses, messages, wills, beliefs, healed }: Story) {
  if (box.onExpiry !== 'silent')
    return losses > 0 && wills > 0 && beliefs.every(({ fromMs, untilMs }) => untilMs === fromMs)
  if (healed) return losses === 0 && messages.late > 0
  return losses > 0 && beliefs.some(({ fromMs, untilMs = Infinity }) => untilMs - fromMs > 1000)
}

describe.each([...middleboxes.keys()])('%s', name => {
  const tooLong = caseOf(name, 1.2)
  const safeS = playableSafeS(tooLong.box.afterMs, 1) ?? 0

  it('shows its symptom where the keep-alive is too long, and fails the scenario', async () => {
    const story = await tell(tooLong)
    expect(story).toMatchObject({ reproduced: true, trouble: undefined })
    expect(symptom(story), JSON.stringify({ ...story, evidence: undefined })).toBe(true)
    expect(verdict(story)).toBe('fail')
  })

  it('shows nothing with the keep-alive that is recommended, and passes the scenario', async () => {
    const story = await tell({ ...tooLong, keepaliveS: safeS })
    expect(story).toMatchObject({ reproduced: false, cuts: 0, losses: 0, wills: 0, trouble: undefined })
    expect(story.messages.sent).toBeGreaterThan(0)
    expect(verdict(story)).toBe('pass')
  })
})
