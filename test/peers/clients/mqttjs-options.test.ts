/** The options of `mqtt.connect` that a scenario may give are those of MQTT.js' own types, and every other of theirs is refused with a reason. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CONNECT, REFUSED_BY_MQTTJS } from '../../../src/peers/clients/mqttjs/options.ts'

/** The keys of an interface, not those of what stands in it. */
function declared(file: string, name: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../node_modules', file), 'utf8')
  const lines = text.slice(text.search(new RegExp(`interface ${name}\\b`))).split('\n')
  const keys: string[] = []
  let depth = 0
  for (const line of lines) {
    const key = /^\s*(\w+)\??[:(]/.exec(line)?.[1]
    if (depth === 1 && key !== undefined) keys.push(key)
    depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length
    if (depth === 0) break
  }
  return keys
}

const IN_TYPES = [
  ...declared('mqtt/build/lib/client.d.ts', 'IClientOptions'),
  ...declared('mqtt/build/lib/client.d.ts', 'ISecureClientOptions'),
]
/** Keys of the scenario by the same name. */
const OURS = ['keepalive', 'protocol', 'will']

describe('of mqtt.connect', () => {
  test('the types are read', () => {
    expect(IN_TYPES.length).toBeGreaterThan(50)
    expect(IN_TYPES).toContain('reconnectPeriod')
  })

  test('each is taken, refused, or a key of ours', () => {
    const known = [...Object.keys(CONNECT), ...Object.keys(REFUSED_BY_MQTTJS), ...OURS]
    expect(IN_TYPES.filter(key => !known.includes(key))).toEqual([])
  })

  test('none is taken, or refused, that MQTT.js does not have', () => {
    expect([...Object.keys(CONNECT), ...Object.keys(REFUSED_BY_MQTTJS)].filter(key => !IN_TYPES.includes(key))).toEqual(
      [],
    )
  })
})

const keysOf = (option: 'properties' | 'wsOptions'): readonly string[] => Object.keys(CONNECT[option].unwrap().shape)

test('those of a WebSocket are options of the package ws', () => {
  const ws = declared('@types/ws/index.d.ts', 'ClientOptions')
  expect(ws.length).toBeGreaterThan(10)
  expect(keysOf('wsOptions').filter(key => !ws.includes(key))).toEqual([])
})

test('the properties of CONNECT are those of mqtt-packet', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../node_modules/mqtt-packet/types/index.d.ts'), 'utf8')
  const connect = text.slice(text.indexOf('interface IConnectPacket'), text.indexOf('interface IPublishPacket'))
  const [, body = ''] = /\n {2}properties\?: \{([\s\S]*?)\n {2}\}/.exec(connect) ?? []
  const declaredKeys = [...body.matchAll(/^\s*(\w+)\??:/gm)].map(([, key = '']) => key)
  expect(keysOf('properties').toSorted()).toEqual(declaredKeys.toSorted())
})
