import { expect, test } from 'vitest'
import { orderFor, speedOf, subjectOf } from '../../../src/commands/calibrate/calibrated-peer.ts'

const order = (options: Parameters<typeof subjectOf>[0]) => {
  const subject = subjectOf(options)
  const found = orderFor(subject, options)
  return { found, speed: speedOf(options, found) }
}

test('in real time the measurement chooses its keep-alives, and nothing is faster', () => {
  const { found, speed } = order({ client: 'mqttjs' })
  expect(found.keepalivesS).toBeUndefined()
  expect(speed).toBe(1)
})

test('where time is scaled the keep-alives are longer, and the shortest one takes three seconds of the machine', () => {
  const { found, speed } = order({ client: 'mqttjs', lab: 'accelerated' })
  expect(found.keepalivesS).toEqual([60, 120, 180])
  expect(speed).toBe(20)
  expect(order({ broker: 'mosquitto', lab: 'accelerated', keepalive: '300s,1200s' }).speed).toBe(100)
  expect(order({ client: 'mqttjs', lab: 'accelerated', speed: 10 }).speed).toBe(10)
})

test.each([
  [{ client: 'mqttjs', lab: 'acelerated' }, "--lab: nothing is called 'acelerated'. Did you mean 'accelerated'?"],
  [{ client: 'mqttjs', lab: 'simulated' }, "--lab: 'simulated' has no real peers to measure"],
  [{ client: 'mqttjs', speed: 5 }, '--speed: only the lab accelerated has a speed'],
  [{ client: 'mqttjs', lab: 'accelerated', speed: 61 }, '--speed: a keep-alive of 60 s allows 60'],
])('%j is refused: %s', (options, message) => {
  expect(() => order(options)).toThrow(message)
})
