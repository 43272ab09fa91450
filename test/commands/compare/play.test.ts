/** The reference timelines of test/sim, measured as cells: real MQTT.js and Aedes in virtual time. */
import { expect, test } from 'vitest'
import { firstOf } from '../../../src/commands/compare/comparison.ts'
import { resultsOf } from './grids.ts'

test('behind a silent middlebox of 45 s, K = 60 flaps 39 times an hour and K = 30 never', async () => {
  const [short, long] = await resultsOf({ keepalive: '30s,60s', idle: '45s' })
  expect([short?.flapsPerHour, short?.cuts]).toEqual([0, 0])
  expect(long?.flapsPerHour).toBe(39)
  expect(firstOf(long as never)).toBe('tie')
  expect(long?.client.noticed).toMatchObject({ minMs: 45_000, maxMs: 45_000 })
})

test('RST at expiry makes 78 losses an hour, RST on the next packet 58; nobody notices by itself', async () => {
  const [atExpiry, onNext] = await resultsOf({
    keepalive: '60s',
    idle: '45s',
    fault: 'idle-cut-rst-both,idle-cut-rst-sender',
  })
  expect([atExpiry?.flapsPerHour, atExpiry?.client.told]).toEqual([78, atExpiry?.cuts])
  expect(onNext?.flapsPerHour).toBe(58)
  expect(firstOf(onNext as never)).toBe('client')
})

test('over the phases of a cut, MQTT.js notices after 0.5K to 1.5K and Paho Python after 1K to 2K', async () => {
  const [mqttjs, paho] = await resultsOf({ keepalive: '60s', client: 'mqttjs,paho-python' })
  expect(mqttjs?.client.noticed?.minMs).toBeCloseTo(30_000, -3)
  expect(mqttjs?.client.noticed?.maxMs).toBeCloseTo(90_000, -3)
  expect(paho?.client.noticed?.minMs).toBeCloseTo(60_000, -3)
  expect(paho?.client.noticed?.maxMs).toBeCloseTo(120_000, -3)
  expect([firstOf(mqttjs as never), firstOf(paho as never)]).toEqual(['tie', 'broker'])
})

test('a sample of K 1 to 120 s and idle time-out 1 to 120 s is detected exactly where K >= T', async () => {
  const list = '1s..120s/17s,45s,60s,119s,120s'
  const results = await resultsOf({ keepalive: list, idle: list }, { quick: true })
  const detected = results.filter(({ client, broker }) => client.noticed !== null || broker.noticed !== null)
  expect(detected.map(({ cell }) => cell)).toEqual(
    results.map(({ cell }) => cell).filter(({ keepaliveS, idleMs }) => keepaliveS * 1000 >= Number(idleMs)),
  )
  expect(results.every(({ trouble }) => trouble === null)).toBe(true)
})

test('a quick cell finds the same first detection as one that is watched for an hour', async () => {
  const grid = { keepalive: '60s', idle: '45s' }
  const [quick] = await resultsOf(grid, { quick: true })
  const [whole] = await resultsOf(grid)
  expect(quick?.client.noticed?.minMs).toBe(whole?.client.noticed?.minMs)
  expect(quick?.broker.noticed?.minMs).toBe(whole?.broker.noticed?.minMs)
  expect([quick?.cuts, quick?.flapsPerHour]).toEqual([1, null])
})

test('messages wait behind a middlebox that blocks inbound, and are late but not lost', async () => {
  const [result] = await resultsOf({
    keepalive: '60s',
    idle: '45s',
    fault: 'idle-cut-inbound',
    traffic: 'receiving:qos1:50s',
  })
  expect(result?.messages?.lost).toBe(0)
  expect(result?.messages?.late).toBeGreaterThan(5)
})

test('a client that ignores the keep-alive that its broker imposes is cut, one that follows it is not', async () => {
  const grid = { keepalive: '90s', maxKeepalive: '40s', broker: 'mosquitto-2.0.11', client: 'mqttjs,paho-python' }
  const [follows, ignores] = await resultsOf(grid, { phases: 1 })
  expect(follows?.flapsPerHour).toBe(0)
  expect(ignores?.flapsPerHour).toBeGreaterThan(20)
})

test('the same seed gives the same figures', async () => {
  const grid = { keepalive: '10s', client: 'mqttjs', broker: 'mosquitto-2.0.11' }
  expect(await resultsOf(grid)).toEqual(await resultsOf(grid))
})
