import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { engineAvailable } from '../../src/labs/containers/engine.ts'
import { CONTAINER_LABELS } from '../../src/labs/containers/removal.ts'
import { IMAGES, imageAvailable, runtime } from '../../src/labs/containers/runtime.ts'
import { containers } from '../../src/labs/containers.ts'
import { local } from '../../src/labs/local.ts'
import { resolveDuration } from '../../src/model/duration.ts'
import type { EvidenceHeader } from '../../src/model/evidence.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { peers } from '../../src/plugins.ts'
import { brokerProfile } from '../../src/timing/profiles/brokers.ts'
import { playedSideBySide } from '../conformance/paced.ts'
import { claimSameDates, claimSameVerdict, type Seen, type Tolerance } from '../conformance/same.ts'
import { length } from '../engine/scenarios.ts'
import { sleep } from '../link/kinds/sockets.ts'
import { title, withDocker } from './docker.ts'
import { admittedBy, bundledScenarios, titleOf } from './side-by-side.ts'

/** Both brokers, though most bundled scenarios name only one. Mosquitto may look 6 s later. */
const ALSO_WITH_MOSQUITTO = /\/(half-open\/(both|up)|reset|delay|stall)\b/
const withMosquitto = (scenario: Scenario): Scenario => ({
  ...scenario,
  broker: { name: 'mosquitto', options: {} },
  until: { ...scenario.until, ms: scenario.until.ms + 7000 },
})

const longestMs = (scenarios: readonly Scenario[]) =>
  Math.max(...scenarios.map(({ until, client }) => resolveDuration(until, client.keepaliveS * 1000)))

const play = playedSideBySide('s')

async function playAll(lab: typeof local, scenarios: readonly Scenario[]): Promise<readonly Seen[]> {
  const opened = lab.create(peers)
  await opened.prepare?.(scenarios)
  const seen = await Promise.all(scenarios.map(scenario => play(scenario, opened)))
  await opened[Symbol.asyncDispose]()
  return seen
}

async function playOne(scenario: Scenario): Promise<Seen> {
  const [seen] = await playAll(containers, [scenario])
  if (!seen) throw new Error('unreachable')
  return seen
}

const bundled = await bundledScenarios('containers')
const swapped = bundled.filter(
  ({ broker, position }) => broker.name === 'aedes' && ALSO_WITH_MOSQUITTO.test(position.file),
)
/** What the containers refuse is told by the first test; what the lab local can't play can't be compared. */
const everything = [...bundled, ...swapped.map(withMosquitto)]
const comparable = await admittedBy(local.create(peers), everything)

/** The client's dates count from when the fault held, which takes each link its own time: so the moment in the timeline is compared. */
const toleranceOf =
  ({ scenario, header }: { readonly scenario: Scenario; readonly header: EvidenceHeader }) =>
  (check: string): Tolerance | undefined => {
    if (check === 'client-gives-up') return { mostMs: 50, by: 'connack' }
    return check === 'broker-drops-client' ? { mostMs: 50 + granularityMs(scenario, header), by: 'anchor' } : undefined
  }

function granularityMs({ client }: Scenario, { broker }: EvidenceHeader): number {
  const keepaliveMs = client.keepaliveS * 1000
  const profile = brokerProfile(broker, keepaliveMs, client.protocol)
  return profile ? resolveDuration(profile.granularity, keepaliveMs) : 1000
}

describe('the lab containers', () => {
  const inContainers: Seen[] = []
  const here: Seen[] = []

  withDocker(title('plays all at once, and adds at most 10 s to the longest'), async ({ time }) => {
    const lab = containers.create(peers)
    const refused = await Promise.all(everything.map(async scenario => [scenario.name, await lab.admits(scenario)]))
    await lab[Symbol.asyncDispose]()
    expect(refused.filter(([, admission]) => admission !== true)).toEqual([])
    expect(comparable.length).toBeGreaterThanOrEqual(40)
    const startMs = time.nowMs()
    inContainers.push(...(await playAll(containers, comparable)))
    const untilMs = time.nowMs()
    here.push(...(await playAll(local, comparable)))
    time.took('all of them', startMs, { latestMs: longestMs(comparable) + 10_000 }, untilMs)
  })

  withDocker.for(comparable.map((scenario, index) => ({ scenario, index, title: titleOf(scenario) })))(
    title('comes to the same verdict as the lab local, at the same times: $title'),
    ({ scenario, index }, { time }) => {
      const [one, other] = [here[index], inContainers[index]]
      if (!one || !other) throw new Error('they were not played')
      claimSameVerdict(time, one, other)
      claimSameDates(time, one, other, toleranceOf({ scenario, header: other.evidence.header }))
    },
  )

  withDocker(title('can freeze a broker that in the lab local lives in this process'), async ({ time }) => {
    const [given] = bundled.filter(({ position }) => position.file.endsWith('broker/frozen.yaml'))
    if (!given) throw new Error('unreachable')
    const { verdict, evidence } = await playOne({ ...given, broker: { name: 'aedes', options: {} } })
    expect(time.judged(verdict)).toMatchObject({ result: 'pass', troubles: [] })
    expect(evidence.header).toMatchObject({
      link: 'toxiproxy',
      broker: { name: 'aedes', version: '1.2.0' },
    })
  })

  withDocker(title('reads the log of its broker as evidence, and its configuration is in force'), async () => {
    const [given] = bundled.filter(({ broker }) => broker.name === 'mosquitto')
    if (!given) throw new Error('unreachable')
    // The least that mosquitto takes.
    const broker = { name: 'mosquitto', options: { max_keepalive: 10 } }
    const client = { ...given.client, protocol: 5 as const, keepaliveS: 60, traffic: {} }
    const { evidence } = await playOne({ ...given, broker, client, timeline: [], until: length('1s') })
    const { events } = evidence
    expect(events).toContainEqual(expect.objectContaining({ who: 'broker', what: 'client-connected', device: 1 }))
    const connacks = events.flatMap(event =>
      event.what === 'packet' && event.packet.cmd === 'connack' ? [event.packet] : [],
    )
    expect(connacks[0]).toMatchObject({ serverKeepAliveS: 10 })
  })

  withDocker(title('hands on what a broker says that does not start'), async () => {
    const [given] = bundled.filter(({ broker }) => broker.name === 'mosquitto')
    if (!given) throw new Error('unreachable')
    const { verdict } = await playOne({ ...given, broker: { name: 'mosquitto', options: { max_keepalive: 3 } } })
    const [trouble] = verdict.troubles
    expect(trouble).toContain('mosquitto')
    expect(trouble).toContain('it ended at once: ')
    expect(trouble).toContain('max_keepalive')
  })

  withDocker(title('leaves no container and no network behind when its process is killed'), async () => {
    const child = spawn(process.execPath, ['--import', 'jiti/register', 'test/labs/hold-containers.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const owned = async () => {
      const { dockerode } = (await runtime()).client.container
      const found = [...(await dockerode.listContainers({ all: true })), ...(await dockerode.listNetworks())]
      const labels = found.map(({ Labels }): readonly string[] => Object.values(Labels ?? {}))
      return labels.filter(texts => texts.some(text => text.includes(`"pid":${child.pid},`))).length
    }
    const said = await new Promise<string>(resolve => createInterface({ input: child.stdout }).once('line', resolve))
    expect(said).toBe('playing')
    while ((await owned()) < 2) await sleep(50)
    // In the midst of it: one is paused, or not even started.
    child.kill('SIGKILL')
    await until(async () => (await owned()) === 0)
    // What the engine was still busy with comes up late.
    await sleep(1500)
    expect(await owned()).toBe(0)
  })

  withDocker(title('says within 10 s which image it waits for, and what names another'), async ({ time }) => {
    const registry = createServer(() => {})
    await new Promise<void>(resolve => registry.listen(0, '127.0.0.1', resolve))
    const address = registry.address()
    if (address === null || typeof address === 'string') throw new Error('unreachable')
    const image = `127.0.0.1:${address.port}/slow/mosquitto:1`
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      const askedMs = time.nowMs()
      void imageAvailable(IMAGES.mosquitto, image)
      await until(async () => said.mock.calls.some(([text]) => String(text).includes(image)))
      time.took('its word', askedMs, { latestMs: 10_000 })
      expect(String(said.mock.calls[0]?.[0])).toBe(
        `halfopen: still pulling ${image}; to use another, set HALFOPEN_IMAGE_MOSQUITTO to an image that this Docker engine has or can pull\n`,
      )
    } finally {
      said.mockRestore()
      registry.close()
    }
  })

  withDocker(title('says at once that an image can not be had'), async () => {
    const trouble = await imageAvailable(IMAGES.mosquitto, '127.0.0.1:1/nobody/mosquitto:1')
    expect(trouble).toMatchObject({
      reason: expect.stringContaining("the image 127.0.0.1:1/nobody/mosquitto:1 can't be pulled"),
      remedy: expect.stringContaining('HALFOPEN_IMAGE_MOSQUITTO'),
    })
  })

  it('says in one line that there is no Docker engine, and how to get one', async () => {
    expect(await engineAvailable({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toEqual({
      reason: 'no Docker engine answers at unix:///nowhere/docker.sock (ENOENT)',
      remedy: 'start that engine, or unset DOCKER_HOST',
    })
  })

  it('labels what it starts with its owner', () => {
    expect(Object.keys(CONTAINER_LABELS)).toEqual(['dev.halfopen.run', 'dev.halfopen.owner'])
    expect(JSON.parse(CONTAINER_LABELS['dev.halfopen.owner'] ?? '')).toMatchObject({ pid: process.pid })
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50)
}
