import { describe, expect, it } from 'vitest'
import { readPeers } from '../../../src/commands/ratios/own-peers.ts'
import { measurable } from '../../../src/figures/cast.ts'
import { peers } from '../../../src/plugins.ts'

const names = measurable(peers)
const unfit = () => 'can not be measured'
const clients = (text: string) => readPeers(text, { kinds: peers.clients, measurable: names.clients, unfit })
const brokers = (text: string) => readPeers(text, { kinds: peers.brokers, measurable: names.brokers, unfit })

describe('what the ratio table is asked for', () => {
  it('is kinds, kinds with options, programs and URLs, each under a name', () => {
    expect(brokers('mosquitto, mosquitto { max_keepalive: 60 }, emqx=mqtt://127.0.0.1:1883').values).toMatchObject([
      { label: 'mosquitto', name: 'mosquitto' },
      { label: 'mosquitto { max_keepalive: 60 }', name: 'mosquitto', options: { max_keepalive: 60 } },
      { label: 'emqx', name: 'external', options: { url: 'mqtt://127.0.0.1:1883' } },
    ])
    expect(
      clients('mqttjs, old=mqttjs { module: mqtt4 }, mine=./client -a {host} -p {port} -k {keepalive}').values,
    ).toMatchObject([
      { label: 'mqttjs', name: 'mqttjs' },
      { label: 'old', name: 'mqttjs', options: { module: 'mqtt4' } },
      { label: 'mine', name: 'command', options: { command: './client -a {host} -p {port} -k {keepalive}' } },
    ])
  })

  it('is cut at commas that stand in no braces and no quotes', () => {
    const { values, problems } = clients(
      `mine=./a "1,2" --p {port} {host} {keepalive}, old=mqttjs { clean: false, reconnectPeriod: 0 }`,
    )
    expect(problems).toEqual([])
    expect(values.map(({ label }) => label)).toEqual(['mine', 'old'])
  })

  it('counts the same once, and refuses two of one name', () => {
    expect(brokers('mosquitto, aedes, mosquitto').values.map(({ label }) => label)).toEqual(['mosquitto', 'aedes'])
    expect(brokers('a=mosquitto, a=aedes').problems).toEqual([
      "two are called 'a': give one of them another name, other=...",
    ])
  })

  it.each([
    ['mosqitto', /nothing is called 'mosqitto'.*mosquitto/],
    ['mosquitto { max_keepalive: soon }', /max_keepalive/],
    ['mosquitto { max_keepalive: [ }', /is no map of options/],
    ['mqtt://me:secret@127.0.0.1', /needs a name/],
    ['emqx=mqtt://', /URL of a broker/],
    ['mosquitto,,aedes', /a value is missing/],
    ['nothing=./broker', /nothing is called/],
    ['external', /can not be measured/],
  ])('%s is refused', (text, problem) => {
    expect(brokers(text).problems.join('\n')).toMatch(problem)
  })

  it.each([
    ['mqttjs { nonsense: 1 }', /nonsense/],
    ['mqttjs { password: x }', /with a secret among its options needs a name/],
    ['esp-mqtt', /nothing is called|can not be measured/],
  ])('of clients %s is refused', (text, problem) => {
    expect(clients(text).problems.join('\n')).toMatch(problem)
  })

  it('all is each kind of MQTT that needs no options; those of other dialects are named', () => {
    const others = ['rabbitmq-amqp', 'node-ws', 'python-websockets']
    const ofMqtt = names.brokers.filter(name => !others.includes(name))
    expect(brokers(' all ').values).toEqual(ofMqtt.map(name => ({ label: name, name })))
    expect(brokers(others.join(', ')).values).toEqual(others.map(name => ({ label: name, name })))
  })
})
