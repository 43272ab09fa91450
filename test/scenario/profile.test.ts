import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { vocabulary } from '../../src/plugins.ts'
import { formatProblems } from '../../src/scenario/format.ts'
import { loadScenarios, loadScenarioText } from '../../src/scenario/load.ts'
import { readProfile } from '../../src/scenario/profile-shelf.ts'
import { device, gateway } from '../timing/profiles.ts'

const yaml = (client: string, broker = 'aedes') => `name: a device
broker: ${broker}
client: ${client}
expect: [stays-connected]
until: 6s
`

let cwd: string
const write = async (path: string, text: string) => {
  await mkdir(dirname(join(cwd, path)), { recursive: true })
  await writeFile(join(cwd, path), text)
}
const load = (file: string) => loadScenarios([file], vocabulary, { cwd })
const report = async (file: string) => {
  const { scenarios, problems, sources } = await load(file)
  expect(scenarios).toEqual([])
  return formatProblems(problems, sources, { color: false })
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halfopen-profile-'))
  await write('profiles/device.profile.json', JSON.stringify(device(), null, 2))
  await write('profiles/tabs.profile.json', JSON.stringify(device(), null, '\t'))
  await write('profiles/gateway.profile.json', JSON.stringify(gateway()))
})
afterAll(() => rm(cwd, { recursive: true }))

describe('a profile that a scenario names', () => {
  test('is read, by its path from the scenario file, and travels with the scenario', async () => {
    const both = yaml(
      '{ name: mqttjs, keepalive: 2s, profile: ../profiles/device.profile.json }',
      '{ name: mosquitto, profile: ../profiles/gateway.profile.json }',
    )
    await write('suite/both.yaml', both)
    const { scenarios, problems } = await load('suite/both.yaml')
    expect(problems).toEqual([])
    expect(scenarios[0]?.client).toMatchObject({ options: {}, profile: device() })
    expect(scenarios[0]?.broker).toMatchObject({ options: {}, profile: gateway() })
    expect(structuredClone(scenarios)).toEqual(scenarios)
  })

  test('may be JSON with tabs, and stand in a matrix', async () => {
    const text = `${yaml('{ name: mqttjs, keepalive: 2s }')}matrix: { client.profile: [profiles/device.profile.json, ./profiles/tabs.profile.json] }\n`
    await write('matrix.yaml', text)
    const { scenarios, problems } = await load('matrix.yaml')
    expect(problems).toEqual([])
    expect(scenarios.map(({ client }) => client.profile)).toEqual([device(), device()])
  })

  test('may be named by a scenario in TypeScript', async () => {
    const given = `name: 'ts', broker: 'aedes', client: { name: 'mqttjs', keepalive: '2s', profile: './device.profile.json' }`
    await write('profiles/a.scenario.ts', `export default { ${given}, expect: ['stays-connected'], until: '6s' }\n`)
    expect((await load('profiles/a.scenario.ts')).scenarios[0]?.client.profile).toEqual(device())
  })

  test('that is not there is told at its key, with the nearest file', async () => {
    await write('profiles/missing.yaml', yaml('{ name: mqttjs, keepalive: 2s, profile: devise.profile.json }'))
    expect(await report('profiles/missing.yaml')).toMatch(
      /^profiles\/missing\.yaml:3:49: there is no profile profiles\/devise\.profile\.json\n {2}did you mean device\.profile\.json\?/,
    )
  })

  test('must be of the role that it is given to', async () => {
    await write('profiles/role.yaml', yaml('{ name: mqttjs, keepalive: 2s, profile: gateway.profile.json }'))
    expect(await report('profiles/role.yaml')).toContain(
      'role.yaml:3:49: gateway.profile.json is the profile of a broker (my-broker 1.2), and this is the client',
    )
  })

  test('is what a measured client and broker can not do without', async () => {
    await write('bare.yaml', yaml('{ name: measured, keepalive: 2s }', 'measured'))
    expect(await report('bare.yaml')).toMatch(
      /bare\.yaml:2:9: .*"profile" is missing[\s\S]*bare\.yaml:3:9: "profile" is missing/,
    )
  })

  test('needs a file that its path can count from', () => {
    const { problems } = loadScenarioText(yaml('{ name: mqttjs, keepalive: 2s, profile: a.json }'), 'text', vocabulary)
    expect(problems.map(({ message }) => message)).toEqual(['a.json: only a scenario in a file can name a profile'])
  })
})

describe('a profile with problems', () => {
  const told = (text: string) => {
    const reading = readProfile(text, 'x.json')
    const problems = 'problems' in reading ? reading.problems : []
    return problems.map(
      ({ position: { file, line, column }, message, nearest }) =>
        `${file}:${line}:${column} ${message}${nearest ? `; ${nearest}?` : ''}`,
    )
  }
  const lines = (more: object) => JSON.stringify({ ...device(), ...more }, null, 2)

  test.each([
    [
      'a figure of the wrong kind',
      lines({ samples: 'many' }),
      ['x.json:11:14 "samples" has to be a number, not "many"'],
    ],
    ['a figure that can not be', lines({ spreadMs: -1 }), ['x.json:13:15 "spreadMs" has to be at least 0']],
    ['a slip of the pen', lines({ tols: 'x' }), ['x.json:28:3 unknown key "tols"; told?']],
    ['a later format', lines({ profile: 2 }), ['x.json:2:14 "profile" can\'t be 2']],
    ['no date', lines({ measured: 'yesterday' }), ['x.json:4:15 "measured" is no valid date: "yesterday"']],
    ['another role', lines({ role: 'bridge' }), ['x.json:14:11 "role" can\'t be "bridge"']],
    [
      'half of a line',
      lines({ ping: { k: 1 } }),
      ['x.json:16:11 "ms" is missing', 'x.json:16:11 "spreadMs" is missing'],
    ],
    ['a list', '[1]', ['x.json:1:1 a profile is one JSON object, as halfopen calibrate writes it']],
    ['nothing', '', ['x.json:1:1 there is no profile in this file']],
  ])('says where: %s', (_, text, expected) => expect(told(text)).toEqual(expected))

  test('that is cut off is no valid JSON', () => {
    expect(told('{ "profile": 1,\n')[0]).toMatch(/^x\.json:\d+:\d+ not valid JSON/)
  })

  test('is told once, with its own lines, however many scenarios name it', async () => {
    await write('bad/x.profile.json', lines({ samples: 'many' }))
    const one = yaml('{ name: mqttjs, keepalive: 2s, profile: x.profile.json }')
    await write('bad/two.yaml', `${one}---\n${one}`)
    const text = await report('bad/two.yaml')
    expect(text.match(/samples" has to be/g)).toHaveLength(1)
    expect(text).toMatch(/^bad\/x\.profile\.json:11:14: "samples"[\s\S]*> 11 \| {3}"samples": "many"/)
  })
})
