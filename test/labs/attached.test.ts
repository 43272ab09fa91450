import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { attached, targetsFrom } from '../../src/labs/attached.ts'
import { IMAGES } from '../../src/labs/containers/runtime.ts'
import { aedes } from '../../src/peers/brokers/aedes.ts'
import { peers } from '../../src/plugins.ts'
import { ends, playLocally, said, scenarioOf, step } from '../engine/scenarios.ts'

const NAMES = ['HALFOPEN_ATTACH', 'HALFOPEN_BROKER_URL', 'HALFOPEN_TOXIPROXY_URL']

afterEach(() => {
  for (const name of NAMES) delete process.env[name]
})

describe('the lab attached', () => {
  it('plays against a broker that is already running, and leaves it running', async () => {
    const broker = await aedes.start({})
    process.env.HALFOPEN_BROKER_URL = `aedes=mqtt://127.0.0.1:${broker.address.port}`
    const lab = attached.create(peers)
    const scenario = scenarioOf({ client: { keepaliveS: 1 }, timeline: [step('1s', 'blackhole')], until: '5s' })
    expect(await lab.admits(scenario)).toBe(true)
    const evidence = await playLocally(scenario, lab)
    await lab[Symbol.asyncDispose]()
    expect(said(evidence, 'harness', 'trouble')).toEqual([])
    expect(ends(evidence, 'broker', 'broker')).toHaveLength(1)
    expect(said(evidence, 'witness', 'will')).toHaveLength(1)
    expect(evidence.header).toMatchObject({ lab: 'attached', link: 'embedded', broker: { name: 'aedes' } })
    const again = attached.create(peers)
    expect(await again.admits(scenario)).toBe(true)
    await broker[Symbol.asyncDispose]()
  })

  it('neither configures nor harms it', async () => {
    process.env.HALFOPEN_BROKER_URL = 'mqtt://127.0.0.1:1'
    const lab = attached.create(peers)
    const configured = scenarioOf({ broker: { name: 'mosquitto', options: { max_keepalive: 60 } }, until: '1s' })
    expect(await lab.admits(configured)).toEqual({
      result: 'unsupported',
      reason: "a broker that is already running can't be given max_keepalive",
    })
    const killed = scenarioOf({
      broker: { name: 'mosquitto', options: {} },
      timeline: [step('1s', 'kill')],
      until: '2s',
    })
    expect(await lab.admits(killed)).toMatchObject({ result: 'unsupported' })
    expect(await lab.admits(scenarioOf({ until: '1s' }))).toMatchObject({
      result: 'missing',
      reason: 'no MQTT broker can be used at mqtt://127.0.0.1:1: nobody listens there (ECONNREFUSED)',
    })
  })

  it('says what is not there, and what makes no sense', async () => {
    process.env.HALFOPEN_TOXIPROXY_URL = 'http://127.0.0.1:1'
    const lab = attached.create(peers)
    expect(await lab.admits(scenarioOf({ until: '1s' }))).toMatchObject({
      result: 'missing',
      reason: expect.stringContaining('no Toxiproxy answers at http://127.0.0.1:1'),
    })
    expect(() => targetsFrom({ HALFOPEN_ATTACH: 'swarm' })).toThrow('only compose is known')
    expect(targetsFrom({})).toBeUndefined()
  })

  it('takes TLS and WebSocket addresses, with user and files beside them, and a password from the environment only', () => {
    const { brokers } =
      targetsFrom({
        HALFOPEN_BROKER_URL: 'mosquitto=mqtts://ann@broker.example,wss://other.example/mqtt',
        HALFOPEN_BROKER_PASSWORD: 's3cret',
        HALFOPEN_BROKER_CA: 'ca.crt',
        HALFOPEN_BROKER_CERT: '/pki/me.crt',
        HALFOPEN_BROKER_KEY: '/pki/me.key',
      }) ?? {}
    const secure = { ca: resolve('ca.crt'), cert: '/pki/me.crt', key: '/pki/me.key', password: 's3cret' }
    expect(brokers?.get('mosquitto')).toEqual({
      address: { host: 'broker.example', port: 8883 },
      access: { scheme: 'mqtts', servername: 'broker.example', username: 'ann', ...secure },
    })
    expect(brokers?.get('*')).toMatchObject({
      address: { host: 'other.example', port: 443 },
      access: { scheme: 'wss', path: '/mqtt', authority: 'other.example:443', ...secure },
    })
  })

  it.each([
    ['ftp://broker', {}, 'it must be like mqtt://host'],
    ['mqtt://ann:s3cret@broker', {}, 'no password on a command line; give it in HALFOPEN_BROKER_PASSWORD'],
    ['mqtt://broker', { HALFOPEN_BROKER_CA: 'ca.crt' }, 'belong to mqtts:// and wss://, and this is mqtt://'],
    ['mqtts://broker', { HALFOPEN_BROKER_KEY: 'me.key' }, '--broker-cert and --broker-key go together'],
  ])('refuses %s with %o, and tells no secret', (url, more, reason) => {
    const read = () => targetsFrom({ HALFOPEN_BROKER_URL: url, ...more })
    expect(read).toThrow(reason)
    expect(read).not.toThrow('s3cret')
  })

  it('leaves a broker that a scenario names itself to the scenario', async () => {
    process.env.HALFOPEN_BROKER_URL = 'mqtt://127.0.0.1:1'
    const lab = attached.create(peers)
    const options = { url: 'mqtt://127.0.0.1:2' }
    expect(await lab.admits(scenarioOf({ broker: { name: 'external', options }, until: '1s' }))).toMatchObject({
      reason: 'mqtt://127.0.0.1:2: nobody listens there (ECONNREFUSED)',
    })
  })

  it('knows docker-compose.yml, whose ports are on 127.0.0.1 only and whose images are those of the lab containers', () => {
    const { services } = parse(readFileSync('docker-compose.yml', 'utf8')) as {
      services: Record<string, { image: string; ports: string[] }>
    }
    for (const [name, image] of Object.entries(IMAGES))
      expect(services[name]?.image).toBe(`\${${image.variable}:-${image.name}}`)
    const ports = Object.values(services).flatMap(service => service.ports)
    expect(ports.filter(port => !port.startsWith('127.0.0.1:'))).toEqual([])
    const { brokers, toxiproxy } = targetsFrom({ HALFOPEN_ATTACH: 'compose' }) ?? {}
    expect([...(brokers?.keys() ?? [])].length).toBeGreaterThanOrEqual(2)
    for (const [name, { address }] of brokers ?? [])
      expect(services[name]?.ports).toEqual([`127.0.0.1:${address.port}:1883`])
    const [first, last] = toxiproxy?.ports ?? []
    expect(services.toxiproxy?.ports).toContain(`127.0.0.1:${first}-${last}:${first}-${last}`)
    expect(services.toxiproxy?.ports).toContain(`127.0.0.1:${new URL(toxiproxy?.url ?? '').port}:8474`)
  })
})
