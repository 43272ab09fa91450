import { expect, test } from 'vitest'
import { scenarioJsonSchema } from '../../src/scenario/scenario-schema.ts'
import { vocabulary } from './vocabulary.ts'

const schema = JSON.parse(JSON.stringify(scenarioJsonSchema(vocabulary)))
const { properties } = schema
/** The forms of a union, however deep they lie. */
const formsOf = (node: { anyOf?: object[]; oneOf?: object[] }): { [key: string]: unknown }[] => {
  const forms = node.anyOf ?? node.oneOf
  return forms ? forms.flatMap(form => formsOf(form)) : [{ ...node }]
}
const formNamed = (node: object, name: string) => formsOf(node).find(form => form.title === name)

test('it is draft 7, which the YAML language server reads', () => {
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#')
  expect(schema.title).toBe('halfopen scenario')
})

test('a scenario needs what the loader needs, and an editor shows any other key as an error', () => {
  expect(schema.required).toEqual(['name', 'broker', 'client', 'expect', 'until'])
  expect(schema.additionalProperties).toBe(false)
  for (const [key, value] of Object.entries(properties)) {
    expect(value, key).toMatchObject({ description: expect.any(String) })
  }
})

test('a short form offers the names that can stand alone, with their summaries', () => {
  const [shortBroker] = formsOf(properties.broker)
  expect(shortBroker).toMatchObject({
    type: 'string',
    enum: ['aedes', 'mosquitto'],
    enumDescriptions: ['Aedes, in this process', 'Mosquitto, as a process'],
  })
  const [shortFault] = formsOf(properties.timeline.items.properties.fault)
  expect(shortFault).toMatchObject({ enum: ['blackhole', 'close'] })
  const [shortLink] = formsOf(properties.link)
  expect(shortLink).toMatchObject({ enum: ['embedded', 'toxiproxy'] })
})

test('no client can stand alone, since each needs its keep-alive', () => {
  expect(formsOf(properties.client)[0]).toMatchObject({ not: {} })
})

test('a full form has our keys and the options of its plug-in side by side', () => {
  expect(formNamed(properties.broker, 'mosquitto')).toMatchObject({
    type: 'object',
    description: 'Mosquitto, as a process',
    properties: { name: { const: 'mosquitto' }, max_keepalive: { type: 'integer' } },
    required: ['name'],
    additionalProperties: false,
  })
  const silent = formNamed(properties.client, 'silent')
  expect(silent).toMatchObject({ required: ['name', 'keepalive'], additionalProperties: false })
  expect(formNamed(properties.client, 'mqttjs')).not.toMatchObject({ additionalProperties: false })
  expect(formNamed(properties.link, 'embedded')?.required).toBeUndefined()
})

test('a fault or a check is a map of exactly one known name', () => {
  const fault = formsOf(properties.timeline.items.properties.fault)[1]
  expect(fault).toMatchObject({ additionalProperties: false, minProperties: 1, maxProperties: 1 })
  expect(Object.keys(fault?.properties ?? {})).toEqual([...vocabulary.faults.keys()])
  expect(fault).toMatchObject({
    properties: {
      delay: { required: ['latency'], additionalProperties: false, description: 'passes everything on, later' },
      close: { additionalProperties: false },
    },
  })
  const check = formsOf(properties.expect.items)[1]
  expect(Object.keys(check?.properties ?? {})).toEqual([...vocabulary.checks.keys()])
})

test("a client that can't publish is not offered to", () => {
  expect(formNamed(properties.client, 'silent')).toMatchObject({
    properties: { traffic: { anyOf: [{ const: 'idle' }, { properties: { publishing: { not: {} } } }] } },
  })
})

test('a duration is held against its pattern and says what it looks like', () => {
  expect(properties.until).toMatchObject({
    type: 'string',
    pattern: expect.any(String),
    patternErrorMessage: expect.any(String),
  })
  expect('1.5K + 2s').toMatch(new RegExp(properties.until.pattern))
  expect('12 seconds').not.toMatch(new RegExp(properties.until.pattern))
})
