import { expect, test } from 'vitest'
import { type AxisTexts, parseTraffic, readAxes } from '../../../src/commands/compare/axes.ts'
import { combinations, eachCell, inShard } from '../../../src/commands/compare/cell.ts'
import { durationIn, parseNumbers } from '../../../src/terminal/lists.ts'

const NAMES = { brokers: ['aedes', 'mosquitto'], clients: ['mqttjs', 'paho-python'] }
const read = (texts: AxisTexts) => readAxes(texts, NAMES)

test('lists and ranges may be mixed, and a value counts once', () => {
  const { axes, problems } = read({ keepalive: '10s,30s..60s/10s,1m', idle: '45s..345s/60s' })
  expect(problems).toEqual([])
  expect(axes.keepaliveS).toEqual([10, 30, 40, 50, 60])
  expect(axes.idleMs).toEqual([45_000, 105_000, 165_000, 225_000, 285_000, 345_000])
})

test('a range of tenths ends where it says', () => {
  expect(read({ ratio: '0.5..1.2/0.1', idle: '100s' }).axes.ratio).toEqual([0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2])
})

test('every problem is told at once, each with its option and the nearest name', () => {
  const { problems } = read({
    keepalive: '60,1.5s,70000s',
    ratio: '0',
    idle: '10s..5s/1s,1s..9s,5s..9s/0s,2K',
    broker: 'mosquito',
    client: 'mqtt-js,',
    fault: 'blakhole',
    traffic: 'publising,idle:2s,publishing:qos3',
    latency: 'fast',
  })
  expect(problems).toEqual([
    '--keepalive: 60 has no unit: write 60s',
    "--keepalive: '1.5s' is not a whole number of seconds",
    "--keepalive: '70000s' is more than 65535 s, the most that MQTT can say",
    "--ratio: '0' is not a number above 0",
    "--idle: '10s..5s/1s' runs backwards: 10s is more than 5s",
    "--idle: '1s..9s' has no step: write 1s..9s/STEP",
    "--idle: '0s' is too short",
    "--idle: '2K' counts in keep-alives, which are an axis themselves",
    "--broker: nothing is called 'mosquito'. Did you mean 'mosquitto'?",
    "--client: nothing is called 'mqtt-js'. Did you mean 'mqttjs'?",
    '--client: a value is missing between two commas',
    "--fault: nothing is called 'blakhole'. Did you mean 'blackhole'?",
    "--traffic: nothing is called 'publising'. Did you mean 'publishing'?",
    '--traffic: idle takes nothing after it',
    "--traffic: 'qos3' is neither qos0, qos1, qos2 nor how often, such as 30s or 0.5K",
    "--latency: 'fast' is not a duration; write it like 250ms, 10s, 2m, 1h",
    '--ratio: the keep-alives follow from it, so --keepalive has to be left out',
  ])
})

test.each([
  [{ fault: 'idle-cut' }, '--fault: idle-cut needs the idle time-out of the middlebox: --idle'],
  [{ fault: 'blackhole', idle: '45s' }, '--idle: none of these faults is a middlebox; --fault idle-cut is one'],
  [{ ratio: '0.5' }, '--ratio: of what? Give the time-out: --idle of the middlebox, or --max-keepalive of the broker'],
])('axes that contradict each other are refused: %j', (texts, problem) => {
  expect(read(texts).problems).toEqual([problem])
})

test('a range that would never end, or fill the memory, is refused', () => {
  expect(parseNumbers('1s..1h/1ms', durationIn(1)).problems).toEqual([
    "'1s..1h/1ms' makes 3599001 values; at most 10000",
  ])
})

test('traffic says its quality of service and its interval in either order', () => {
  expect(parseTraffic('publishing:30s:qos0')).toEqual({ publishing: { qos: 0, every: { ms: 30_000, k: 0 } } })
  expect(parseTraffic('receiving:qos2')).toEqual({ receiving: { qos: 2, every: { ms: 0, k: 0.5 } } })
})

test('the grid has every combination once, and an idle time-out only where there is a middlebox', () => {
  const { axes } = read({
    keepalive: '30s,60s',
    idle: '45s,90s',
    fault: 'idle-cut,blackhole',
    client: 'mqttjs,paho-python',
  })
  const cells = [...eachCell(axes)]
  expect(combinations(axes)).toBe(16)
  expect(cells).toHaveLength(12)
  expect(cells.filter(({ cell }) => cell.fault === 'blackhole').every(({ cell }) => cell.idleMs === null)).toBe(true)
  expect(cells.map(({ index }) => index)).toEqual(cells.map((_, i) => i))
})

test('a ratio is of the shorter time-out: the middlebox, or 1.5 times what the broker allows', () => {
  const ofBox = [...eachCell(read({ ratio: '0.5,1', idle: '100s' }).axes)]
  expect(ofBox.map(({ cell }) => cell.keepaliveS)).toEqual([50, 100])
  const ofBroker = [...eachCell(read({ ratio: '0.5,1', maxKeepalive: '40s', broker: 'mosquitto' }).axes)]
  expect(ofBroker.map(({ cell }) => [cell.keepaliveS, cell.fault])).toEqual([
    [30, 'none'],
    [60, 'none'],
  ])
})

test('shards share out every cell, each once', () => {
  const cells = [...eachCell(read({ keepalive: '1s..10s/1s' }).axes)]
  const shards = [1, 2, 3].map(index => [...inShard(cells, { index, of: 3 })])
  expect(shards.map(shard => shard.length)).toEqual([4, 3, 3])
  expect(shards.flat().sort((a, b) => a.index - b.index)).toEqual(cells)
})
