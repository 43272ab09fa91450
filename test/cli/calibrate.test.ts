import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ClientMeasurement } from '../../src/model/profile.ts'
import { test } from '../doubt/test.ts'
import { project } from './halfopen.ts'

/** The client as it is, and a model made of its profile; both break just after an answer, where it takes longest. */
const scenario = (client: string) => `name: ${client} is as it was measured
broker: aedes
client: { name: ${client}, keepalive: 2s, profile: profiles/mqttjs.profile.json }
timeline: [{ at: 2300ms, fault: blackhole }]
expect: [client-gives-up, pings-on-time]
until: 6s
`

/** What calibrate refuses for the machine's sake, by figure; a reason of another kind is none. */
const DOUBTED = /^ {2}(after the last answer|pings every|while publishing|Server Keep Alive): /

test('a real client is measured, and its profile holds in both labs, for itself and for the model made of it', {
  timeout: 240_000,
}, async ({ time }) => {
  await using own = await project({
    'real.yaml': scenario('mqttjs'),
    'model.yaml': scenario('measured'),
    'profiles/.gitkeep': '',
  })
  const file = 'profiles/mqttjs.profile.json'
  const given = ['--client', 'mqttjs', '--against', 'aedes', '--keepalive', '1s,2s,3s', '--phases', '3']
  const calibrated = await own.run(['calibrate', ...given, '--out', file])
  if (calibrated.exitCode === 3) {
    const reasons = calibrated.stderr.split('\n').filter(text => text.startsWith('  '))
    expect(reasons.filter(reason => !DOUBTED.test(reason))).toEqual([])
    expect(calibrated.stderr).toMatch(/^What helps: /m)
    await expect(readFile(join(own.dir, file), 'utf8')).rejects.toThrow('ENOENT')
    time.judged({ result: 'inconclusive', outcomes: [], troubles: reasons, blame: 'harness' })
  }
  expect(calibrated.stdout + calibrated.stderr).toContain(`wrote ${file}`)
  expect(calibrated.exitCode).toBe(0)

  const profile = JSON.parse(await readFile(join(own.dir, file), 'utf8')) as ClientMeasurement
  expect(profile).toMatchObject({ profile: 1, role: 'client', name: 'mqttjs', keepalivesS: [1, 2, 3] })
  expect(Math.abs(profile.afterAnswer.k - 1.5)).toBeLessThan(0.02)
  expect(Math.abs(profile.afterAnswer.ms)).toBeLessThan(100)
  expect(Math.abs(profile.ping.k - 1)).toBeLessThan(0.02)

  const runs = await Promise.all(
    ['local', 'simulated'].map(lab => own.run(['run', 'real.yaml', 'model.yaml', '--lab', lab, '--out', `out-${lab}`])),
  )
  for (const { stdout, exitCode } of runs) {
    expect(stdout).toMatch(/2 passed/)
    expect(exitCode).toBe(0)
  }
  // The evidence has the profile, so that it can be judged where the file is not.
  await own.write(file, 'no longer a profile')
  const judged = await own.run(['judge', 'out-simulated', '--json', 'report.json'])
  expect(judged.exitCode).toBe(0)
  const report = await readFile(join(own.dir, 'report.json'), 'utf8')
  expect(report).toMatch(/mqttjs 5\.\d+\.\d+ profile, measured 20\d\d-\d\d-\d\d, spread/)
  expect(report).toContain('a model is not judged by the profile that it is made of')
})

test('a profile for all is used by name, and says where it does not fit', async () => {
  await using own = await project({
    'real.yaml': scenario('mqttjs').replace(/, profile: [^ ]+/, ''),
    'old.profile.json': await profileOf({ version: '5.14.1' }),
    'slow.profile.json': await profileOf({ afterAnswer: { k: 2.6, ms: 0, spreadMs: 9 } }),
    'program.profile.json': await profileOf({ seenAs: { name: 'command', version: 'python3' } }),
    'bad.profile.json': await profileOf({ samples: -1 }),
  })
  const run = (profile: string) =>
    own.run(['run', 'real.yaml', '--lab', 'simulated', '--profile', profile, '--json', `${profile}.report`])
  const [old, slow, program, bad] = await Promise.all([
    run('old.profile.json'),
    run('slow.profile.json'),
    run('program.profile.json'),
    run('bad.profile.json'),
  ])
  expect(old?.exitCode).toBe(0)
  expect(await readFile(join(own.dir, 'old.profile.json.report'), 'utf8')).toMatch(
    /this is mqttjs 5\.\d+\.\d+, not the mqttjs 5\.14\.1 that was measured/,
  )
  expect(slow?.exitCode).toBe(4)
  expect(slow?.stdout).toMatch(/too\s+early;\s+allowed[\s\S]*profile,\s+measured/)
  expect(program).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('a command can be anybody') })
  expect(bad).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/bad\.profile\.json:15:14: "samples" has to be at least 1/),
  })
})

/** The bundled one, with changes. */
async function profileOf(more: Partial<ClientMeasurement>): Promise<string> {
  const bundled = join(import.meta.dirname, '../../scenarios/profiles/mqttjs-5.16.profile.json')
  const text = await readFile(bundled, 'utf8')
  return JSON.stringify({ ...JSON.parse(text), ...more }, null, 2)
}
