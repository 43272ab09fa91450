import { expect, test } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { run } from '../../src/engine/run.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { local } from '../../src/labs/local.ts'
import { peers, scenarioOf } from './scenarios.ts'

/** A bench that can't be opened, known after so long. */
async function unopened(afterMs: number) {
  const clock = virtualClock()
  const lab = local.create(peers)
  const late = {
    ...lab,
    clock: () => clock,
    open: async () => {
      await clock.advanceTo(afterMs)
      throw new Error("the witness can't connect to the broker: connack timeout")
    },
  }
  const scenario = scenarioOf({ client: { name: 'silent', keepaliveS: 1 }, expect: [], until: '3s' })
  const evidence = await run(scenario, late, new Map(), { seed: 1, runId: 'r' })
  await lab[Symbol.asyncDispose]()
  return judge(evidence, checks)
}

test("a bench that was waited for until the harness's own limit may be the machine's doing, and is played again", async () => {
  expect(await unopened(10_000)).toMatchObject({
    result: 'inconclusive',
    troubles: expect.arrayContaining([expect.stringContaining('connack timeout')]),
    blame: 'harness',
  })
})

test('what is wrong at once will be wrong again', async () => {
  expect(await unopened(500)).not.toHaveProperty('blame')
})
