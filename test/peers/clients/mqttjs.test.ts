import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadModule, resolveModule } from '../../../src/peers/clients/mqttjs/mqtt-module.ts'
import { options } from '../../../src/peers/clients/mqttjs/options.ts'
import { mqttjs } from '../../../src/peers/clients/mqttjs.ts'

describe('the MQTT.js to test', () => {
  it('is our own where none is named', async () => {
    expect(await mqttjs.version({})).toBe('5.16.0')
    expect(await mqttjs.available({})).toBe(true)
  })

  it.each(['mqtt', 'mqtt4'])('is found and loaded as %s, whatever its shape', async name => {
    const mqtt = await loadModule(resolveModule(name, process.cwd()))
    expect(mqtt.connect).toBeTypeOf('function')
    expect(mqtt.MqttClient).toBeTypeOf('function')
  })

  it('is the one of the user, looked up from where they stand', async () => {
    const project = mkdtempSync(join(tmpdir(), 'halfopen-module-'))
    const folder = join(project, 'node_modules', 'mqtt')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "name": "mqtt", "version": "9.9.9", "main": "index.js" }')
    writeFileSync(join(folder, 'index.js'), 'exports.connect = () => "of the user"; exports.MqttClient = class {}')
    expect(resolveModule('mqtt', project)).toBe(join(folder, 'index.js'))
    expect(resolveModule('./node_modules/mqtt/index.js', project)).toBe(join(folder, 'index.js'))
    const mqtt = await loadModule(join(folder, 'index.js'))
    expect(mqtt.connect({})).toBe('of the user')
    rmSync(project, { recursive: true })
  })

  it('is missing by name, with the command that would add it', async () => {
    const missing = await mqttjs.available({ module: 'no-such-mqtt' })
    expect(missing).toMatchObject({
      reason: expect.stringContaining('no-such-mqtt'),
      remedy: 'npm install --save-dev no-such-mqtt',
    })
  })

  it('is no other package', async () => {
    await expect(loadModule(resolveModule('zod', process.cwd()))).rejects.toThrow(/is no MQTT.js/)
  })
})

describe('the options of MQTT.js', () => {
  it('pass as they are', () => {
    const given = { module: 'mqtt', reconnectPeriod: 0, properties: { sessionExpiryInterval: 5 }, clean: false }
    expect(options.parse(given)).toEqual(given)
  })

  it.each([
    ['clientId', 'count'],
    ['host', 'link'],
    ['protocolVersion', 'protocol'],
  ])('refuse %s, and name the key to use', (key, hint) => {
    expect(options.safeParse({ [key]: 1 }).error?.issues[0]?.message).toContain(hint)
  })
})
