/**
 * The other side of the property: halfopen's own faults are played in real time against a real Mosquitto, and what the broker itself
 * writes in its log has to be diagnosed back to the fault, as the first cause or as one that the log does not tell apart from it.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { findMosquitto } from '../../src/peers/brokers/mosquitto/binary.ts'
import type { BrokerProgram } from '../../src/peers/brokers/program/broker-program.ts'
import { startProgram } from '../../src/peers/brokers/program/start-broker.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { theCatalog } from '../../src/terminal/project.ts'
import { noMosquitto, titled } from '../needs.ts'
import { type Diagnosed, diagnosed } from './diagnosed.ts'

const ALL = process.env.HALFOPEN_SLOW === '1'

const program = async (onLine: (line: string) => void): Promise<BrokerProgram> => {
  const file = (await findMosquitto()) ?? expect.fail('no mosquitto')
  return {
    name: 'mosquitto',
    version: 'test',
    read: line => {
      onLine(line)
      return []
    },
    prepare: async ({ folder, address: { host, port } }) => {
      const config = join(folder, 'test.conf')
      // To stderr: what goes to a pipe by stdout waits until 4 kB are full.
      await writeFile(
        config,
        `listener ${port} ${host}\nallow_anonymous true\nlog_dest stderr\nlog_type all\nuser root\n`,
      )
      return { command: [file, '-c', config], cwd: folder }
    },
  }
}

interface Played {
  readonly name: string
  readonly client: string
  readonly timeline: readonly string[]
  readonly untilS: number
  /** Any of them is right. */
  readonly truth: readonly string[]
  /** Played in a normal run too. */
  readonly sample?: true
}

const client = (more = '') => `{ name: mqttjs, keepalive: 3s, reconnectPeriod: 500${more} }`

const PLAYED: readonly Played[] = [
  {
    name: 'a box that forgets a silent flow and tells nobody',
    client: client(', traffic: { publishing: { qos: 0, every: 20s } }'),
    timeline: ['{ at: 0s, fault: { idle-cut: { after: 2s } } }'],
    untilS: 40,
    truth: ['idle-timeout'],
    sample: true,
  },
  {
    name: 'a proxy that closes a silent flow at both ends',
    client: client(),
    timeline: ['{ at: 0s, fault: { idle-cut: { after: 2s, on_expiry: fin-both } } }'],
    untilS: 20,
    truth: ['idle-timeout'],
    sample: true,
  },
  {
    name: 'a box that answers what comes later with RST to the sender',
    client: client(),
    timeline: ['{ at: 0s, fault: { idle-cut: { after: 2s, on_next: rst-sender } } }'],
    untilS: 35,
    truth: ['idle-timeout'],
  },
  {
    name: 'a box that answers what comes later with RST to both',
    client: client(),
    timeline: ['{ at: 0s, fault: { idle-cut: { after: 2s, on_next: rst-both } } }'],
    untilS: 25,
    truth: ['idle-timeout'],
  },
  {
    name: 'a box that ends each connection at an age',
    client: client(', traffic: { publishing: { qos: 0, every: 500ms } }'),
    timeline: ['{ at: 0s, fault: { max-age: { after: 5s } } }'],
    untilS: 41,
    truth: ['maximum-age'],
    sample: true,
  },
  {
    name: 'a path that dies now and then, whatever passes',
    client: client(),
    timeline: [
      '{ at: 7s, fault: blackhole, for: 9s }',
      '{ at: 29s, fault: blackhole, for: 11s }',
      '{ at: 58s, fault: blackhole, for: 13s }',
    ],
    untilS: 85,
    truth: ['client-vanished'],
  },
  {
    name: 'a client that is stopped now and then',
    client: client(),
    timeline: [
      '{ at: 7s, fault: { freeze: { peer: client } }, for: 9s }',
      '{ at: 29s, fault: { freeze: { peer: client } }, for: 11s }',
      '{ at: 58s, fault: { freeze: { peer: client } }, for: 13s }',
    ],
    untilS: 85,
    truth: ['client-vanished'],
  },
]

async function logOf({ client: under, timeline, untilS, name }: Played): Promise<Diagnosed> {
  const lines: string[] = []
  await using broker = await startProgram(await program(line => lines.push(line)))
  const { host, port } = broker.address
  const text = [
    `name: ${name}`,
    `broker: { name: external, url: 'mqtt://${host}:${port}' }`,
    `client: ${under}`,
    ...(timeline.length > 0 ? ['timeline:', ...timeline.map(line => `  - ${line}`)] : []),
    'expect: [stays-connected]',
    `until: ${untilS}s`,
  ].join('\n')
  const { scenarios, problems } = loadScenarioText(text, 'played.yaml', theCatalog().vocabulary)
  expect(problems).toEqual([])
  await using lab = theCatalog().openLab('local')
  const evidence = await run(scenarios[0] ?? expect.fail('nothing to play'), lab, theCatalog().faults, {
    seed: 1,
    runId: 'feed',
  })
  expect(evidence.events.filter(({ what }) => what === 'trouble')).toEqual([])
  return diagnosed(lines.join('\n'), { atLeast: 2 })
}

/** What is said first of the client under test, and of all together. */
const said = ({ diagnosis }: Diagnosed): readonly string[] => [
  ...diagnosis.overall.map(({ cause }) => cause),
  ...diagnosis.subjects.flatMap(({ ranking, tied }) => ranking.slice(0, tied).map(({ cause }) => cause)),
]

const missing = noMosquitto

describe.skipIf(missing)(titled("mosquitto's own log", missing), { concurrent: true }, () => {
  test.for(PLAYED.filter(({ sample }) => ALL || sample))(
    '$name',
    { timeout: 300_000 },
    async (played, { expect: own }) => {
      const found = await logOf(played)
      own(found.report.lines, 'the broker logged nothing').toBeGreaterThan(10)
      own(found.report.understood, found.report.stranger?.text).toBeGreaterThanOrEqual(found.report.lines - 2)
      const isNamed = played.truth.some(cause => said(found).includes(cause))
      own(isNamed, `${said(found).join(' + ')}\n${found.text}`).toBe(true)
    },
  )
})
