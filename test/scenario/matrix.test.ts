import { describe, expect, test } from 'vitest'
import { expandMatrix, placed } from '../../src/scenario/matrix.ts'

const base = {
  broker: 'aedes',
  client: { name: 'mqttjs', keepalive: '2s' },
  timeline: [{ at: '1s', fault: 'blackhole' }],
  expect: ['flaps'],
}
const put = (path: string, value: unknown = 'X') => placed(base, path.split('.'), value)

describe('a value is put in', () => {
  test.each([
    ['broker', { broker: 'X' }],
    ['client.keepalive', { client: { name: 'mqttjs', keepalive: 'X' } }],
    ['client.traffic.publishing.qos', { client: { ...base.client, traffic: { publishing: { qos: 'X' } } } }],
    ['broker.port', { broker: { name: 'aedes', port: 'X' } }],
    ['link.latency', { link: { latency: 'X' } }],
    ['timeline.0.for', { timeline: [{ at: '1s', fault: 'blackhole', for: 'X' }] }],
    ['timeline.0.fault.blackhole.direction', { timeline: [{ at: '1s', fault: { blackhole: { direction: 'X' } } }] }],
    ['expect.0.flaps.max', { expect: [{ flaps: { max: 'X' } }] }],
  ])('at %s', (path, changed) => {
    expect(put(path)).toEqual({ tree: { ...base, ...changed } })
  })

  test('and what was there stays as it was', () => {
    const before = structuredClone(base)
    put('timeline.0.fault.blackhole.direction')
    expect(base).toEqual(before)
  })
})

test.each([
  ['timeline.1.at', 'timeline has no entry 1: it has one, numbered 0'],
  ['timeline.-1', 'timeline has no entry -1: it has one, numbered 0'],
  ['timeline.at', 'timeline has no entry at: it has one, numbered 0'],
  ['timeline.0.at.ms', 'timeline.0.at is no map: there is nothing called ms in it'],
  ['lab.0', 'there is no lab'],
  ['client..keepalive', '"client..keepalive" is no path'],
  ['', '"" is no path'],
  ['client.__proto__.keepalive', '"client.__proto__.keepalive" is no path'],
])('there is no place at %s', (path, misfit) => {
  expect(put(path)).toEqual({ misfit })
})

describe('a matrix', () => {
  const labels = (matrix: unknown) => expandMatrix({ ...base, matrix }).cells.map(({ label }) => label)

  test('gives every combination, the last axis fastest', () => {
    expect(labels({ 'client.keepalive': ['2s', '5s'], broker: ['aedes', 'mosquitto'] })).toEqual([
      'client.keepalive=2s, broker=aedes',
      'client.keepalive=2s, broker=mosquitto',
      'client.keepalive=5s, broker=aedes',
      'client.keepalive=5s, broker=mosquitto',
    ])
  })

  test('names values as a scenario file spells them', () => {
    expect(labels({ 'client.traffic': [{ publishing: { qos: 1, every: '500ms' } }], 'client.protocol': [5] })).toEqual([
      'client.traffic={ publishing: { qos: 1, every: 500ms } }, client.protocol=5',
    ])
  })

  test('keeps secrets out of the name, which everybody prints', () => {
    const url = 'mqtt://ann:s3cret@broker.example'
    expect(
      labels({ 'broker.password': ['s3cret'], broker: [{ name: 'external', url, username: 's3cret' }] }).join(),
    ).toBe('broker.password=***, broker={ name: external, url: mqtt://***@broker.example, username: "***" }')
  })

  test('puts a part into the whole that it belongs to, whichever is written first', () => {
    const matrix = { 'client.keepalive': ['9s'], client: [{ name: 'silent', keepalive: '1s' }] }
    const [cell] = expandMatrix({ ...base, matrix }).cells
    expect(cell?.value).toMatchObject({ client: { name: 'silent', keepalive: '9s' } })
  })

  test('stops at a thousand scenarios, before making them', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `${index}s`)
    const matrix = { until: many, 'client.keepalive': many, 'timeline.0.at': many }
    expect(expandMatrix({ ...base, matrix })).toMatchObject({ cells: [], complaints: [{ path: ['matrix'] }] })
  })
})
