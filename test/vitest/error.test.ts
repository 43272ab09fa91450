import { expect, test } from 'vitest'
import { ScenarioError } from '../../src/vitest/register.ts'
import { blind, failed, inconclusive } from '../reporters/reports.ts'

const blame = { cwd: '/home/ada/project', caller: ['    at user.test.ts:3:1'] }
const frames = (error: Error) => error.stack?.split('\n').filter(line => line.startsWith('    at '))

test('a failure points at the expectation first and at its caller last', () => {
  const error = new ScenarioError({ report: failed }, blame)
  expect(error.name).toBe('ScenarioFailed')
  expect(error.message).toMatch(/^client-gives-up: expected the client to give up within 5 s/)
  expect(frames(error)).toEqual([
    '    at client-gives-up (/home/ada/project/scenarios/half-open/publishing.yaml:6:31)',
    '    at user.test.ts:3:1',
  ])
})

test('an inconclusive run is an error of its own kind, with its troubles', () => {
  const error = new ScenarioError({ report: inconclusive }, blame)
  expect(error.name).toBe('ScenarioInconclusive')
  expect(error.message).toContain('the machine was too busy to date events')
})

test('only a failure counts as an assertion that was not met, for reporters that tell the two apart', () => {
  expect(new ScenarioError({ report: failed }, blame)).toHaveProperty('expected', 'pass')
  expect(new ScenarioError({ report: inconclusive }, blame)).not.toHaveProperty('expected')
  // With both, vitest would show a difference between them.
  expect(new ScenarioError({ report: failed }, blame)).not.toHaveProperty('actual')
})

test('where no expectation is to blame, the scenario is', () => {
  const error = new ScenarioError({ report: blind }, blame)
  expect(frames(error)?.[0]).toBe('    at scenario (/home/ada/project/scenarios/broker/canary.yaml:1:1)')
})
