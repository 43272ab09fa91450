import { fileURLToPath } from 'node:url'
import { judge, loadScenarios, openLab, run } from 'halfopen'
import { scenarios } from 'halfopen/vitest'
import { describe, expect, test } from 'vitest'
import cellular from '../index.js'

const plugins = [cellular]

// On real sockets, and once more in virtual time. The plug-ins come from halfopen.config.ts.
scenarios('scenarios', { name: 'on sockets' })
scenarios('scenarios', { name: 'in virtual time', lab: 'simulated' })

/** @param {string} file */
async function verdictOf(file) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { scenarios: found, problems } = await loadScenarios(path, { plugins })
  expect(problems).toEqual([])
  const [scenario] = found
  if (!scenario) throw new Error(`there is no scenario in ${file}`)
  const lab = openLab('simulated', { plugins })
  try {
    return judge(await run(scenario, lab, { seed: 1 }), { plugins })
  } finally {
    await lab[Symbol.asyncDispose]()
  }
}

describe('never-silent', () => {
  test('fails where the client falls silent: a check that can not fail proves nothing', async () => {
    const verdict = await verdictOf('canary.yaml')
    expect(verdict).toFailCheck('never-silent')
    expect(verdict.outcomes[0]?.reason).toContain('allowed 2500 ms')
  })
})
