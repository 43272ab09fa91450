/** The limit is held by a run of its own: a run with too many doubts fails, though no test of it does. */
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const CANARY = join(import.meta.dirname, 'canary')
const VITEST = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')

async function runCanary(env: { readonly CANARY_DOUBTED: string; readonly CANARY_LATE?: string }) {
  // With a reporter on the command line, which replaces those of a configuration.
  const args = [VITEST, 'run', '--config', join(CANARY, 'vitest.config.ts'), '--reporter=json']
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, { cwd: CANARY, reject: false, env })
  const { testResults } = JSON.parse(stdout) as {
    testResults: { assertionResults: { title: string; status: string }[] }[]
  }
  const all = testResults.flatMap(({ assertionResults }) => assertionResults)
  const titled = (status: string) => all.filter(each => each.status === status).map(({ title }) => title)
  return { exitCode, stderr, failed: titled('failed'), skipped: titled('skipped') }
}

test('one doubt in twenty is told, and the run passes', async () => {
  const { exitCode, stderr, failed, skipped } = await runCanary({ CANARY_DOUBTED: '1' })
  expect({ exitCode, failed, skipped }).toEqual({ exitCode: 0, failed: [], skipped: ['figure 1'] })
  expect(stderr).toContain('1 of 20 real-time tests skipped by doubt')
  expect(stderr).toContain(
    'figures.canary.ts > figure 1: a figure: 130 ms, claimed at most 100 ms; the machine explains up to 50 ms',
  )
})

test('two doubts in twenty fail the run', async () => {
  const { exitCode, stderr, failed, skipped } = await runCanary({ CANARY_DOUBTED: '2' })
  expect({ exitCode, failed, skipped }).toEqual({ exitCode: 1, failed: [], skipped: ['figure 1', 'figure 2'] })
  expect(stderr).toMatch(/^FAIL {2}more than 1 in 20 real-time tests are skipped by doubt/m)
})

test('what is late without a recorded doubt fails, and so does what is wrong beside a doubt', async () => {
  const { exitCode, failed, skipped } = await runCanary({ CANARY_DOUBTED: '0', CANARY_LATE: '1' })
  expect({ exitCode, failed, skipped }).toEqual({
    exitCode: 1,
    failed: ['late without a recorded doubt', 'later than the doubt', 'late by doubt, and wrong'],
    skipped: [],
  })
})
