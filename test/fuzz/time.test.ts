/**
 * What a peer, a file or a machine says is matched in a time that grows as its length does. A second is another thing on
 * each machine, so that lengths are compared: eight times as much text may take eight times as long, and a little more; a
 * quadratic pattern takes 64 times as long.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Observer } from '../../src/diagnosis/observe.ts'
import { parseEvidence } from '../../src/evidence/read-evidence.ts'
import { commandSecrets, redactor, redactSource, redactText } from '../../src/evidence/redact.ts'
import { dialects } from '../../src/logs/dialects/index.ts'
import { LogReader } from '../../src/logs/reader.ts'
import { readAmqtt } from '../../src/peers/brokers/amqtt.ts'
import { readArtemis } from '../../src/peers/brokers/artemis.ts'
import { readHiveMq } from '../../src/peers/brokers/hivemq-broker.ts'
import { readMochi } from '../../src/peers/brokers/mochi.ts'
import { readMoquette } from '../../src/peers/brokers/moquette.ts'
import { parseLog } from '../../src/peers/brokers/mosquitto/log.ts'
import { readNats } from '../../src/peers/brokers/nats.ts'
import { rabbitReader } from '../../src/peers/brokers/rabbitmq.ts'
import { readRumqttd } from '../../src/peers/brokers/rumqttd.ts'
import { parseLine } from '../../src/peers/clients/driver/start-driver.ts'
import { parseBrokerUrl } from '../../src/peers/reach/url.ts'
import { codeFrame, formatProblems } from '../../src/scenario/format.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { readProfile } from '../../src/scenario/profile-shelf.ts'
import { forMarkdown, forMarkup, forWorkflow, harmless } from '../../src/text/harmless.ts'
import { harmlessJson, parseJson } from '../../src/text/json.ts'
import { vocabulary } from '../scenario/vocabulary.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
const SLOW = process.env.HALFOPEN_SLOW === '1'
console.log(`time of matching: HALFOPEN_FUZZ_SEED=${seed}`)

const rabbit = rabbitReader()
const scenarioFile = (text: string) => {
  const { problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  formatProblems(problems, new Map([['x.yaml', text]]), { color: true })
}
const logFile = (text: string) => {
  const observer = new Observer()
  const reader = new LogReader(dialects, event => observer.observe(event))
  reader.push(Buffer.from(text))
  reader.end()
  observer.finish()
}
const evidence = (text: string) => {
  try {
    parseEvidence(text, 'x.ndjson')
  } catch {}
}

/** All that meets a text from outside. */
const MATCHERS: Readonly<Record<string, (text: string) => unknown>> = {
  redactText,
  redactSource,
  commandSecrets,
  redactor: redactor(['s3cret', 'another secret', 'aaaaaaaaaaaa']),
  harmless,
  harmlessJson,
  parseJson,
  forMarkdown,
  forMarkup,
  forWorkflow,
  codeFrame: text => codeFrame(text, { line: 1, column: text.length - 1, linesAbove: 2, linesBelow: 2, color: true }),
  scenarioFile,
  profile: text => readProfile(text, 'x.json'),
  evidence,
  logFile,
  parseBrokerUrl,
  driver: parseLine,
  mosquitto: parseLog,
  amqtt: readAmqtt,
  artemis: readArtemis,
  hivemq: readHiveMq,
  mochi: readMochi,
  moquette: readMoquette,
  nats: readNats,
  rabbit,
  rumqttd: readRumqttd,
}

/** Pieces of what the patterns look for. */
const SCRAPS = [
  ...['a', '0', ' ', '\t', '\n', '\r', '"', "'", ':', '?', '&', '=', '@', '/', '.', '-', '#', '*', '!', '|', '>', '%'],
  ...['{', '}', '[', ']', ',', '\\', '<', '(', ')', '\u2028', '\u001b', '\ud800', '://', 'a://', '::', '##', '##['],
  ...['?token', '&key=', 'token', ' --password', ' -u ', ' -P "', 'TOKEN=', 'authorization', 'bearer ', 'cookie:'],
  ...[
    'password: ',
    'password: "',
    'password: [',
    'password:\n  ',
    'key:',
    '-----BEGIN ',
    '-----END ',
    'BEGIN CERTIFICATE',
  ],
  ...[
    'name: x\n',
    'a: 1\n',
    '- a\n',
    '? a\n',
    '&a ',
    '*a',
    '!x ',
    '{a: ',
    '- {at: 1}\n',
    '---\n',
    'a: |\n',
    '{"a": 1}\n',
  ],
  ...['Client a ', ' [s:0] disconnected: s', ' (p0, c0, k0', ", u'", 'New client connected from s as ', '1795340806: '],
  ...[
    'a b - Client ID: ',
    ', IP: ',
    'was disconnected',
    ' - mid:0 - "',
    '" - Client connection closed: ',
    'client_id="',
  ],
  ...['remote_link{', 'incoming_connect{', '"}: ', ' accepting MQTT connection ', '<0.1.0>', ', client id: '],
  ...[' closing MQTT connection ', 'Firing channel inactive event. MqttClientId = ', '{"what":"error","note":"'],
]

/** How much more eight times the text may take. A quadratic pattern takes 64 times as much. */
const GROWTH = 8
const MOST_GROWTH = 24
/** Below it a clock tells nothing. */
const FLOOR_MS = 40
const SHORT = 8_000
/** A YAML parser does more with each character, and it is a library's. */
const SHORTER: Readonly<Record<string, number>> = { scenarioFile: SLOW ? SHORT : 1_000, canary: 2_000 }

/** Of the processor, so that others on the machine do not count. */
function tookMs(matcher: (text: string) => unknown, text: string): number {
  const start = process.cpuUsage()
  matcher(text)
  return process.cpuUsage(start).user / 1000
}

/** The least of some tries: what the machine does beside it only makes a try longer. */
const leastMs = (matcher: (text: string) => unknown, text: string, tries: number): number =>
  Math.min(...Array.from({ length: tries }, () => tookMs(matcher, text)))

function growsEvenly(name: string, matcher: (text: string) => unknown, make: (length: number) => string): void {
  const length = SHORTER[name] ?? SHORT
  expect(unevenGrowth(matcher, make(length), make(length * GROWTH)), name).toBe('')
}

/** In words; `''` where it is even. */
function unevenGrowth(matcher: (text: string) => unknown, short: string, long: string): string {
  let words = ''
  for (const tries of [1, 3]) {
    const longMs = leastMs(matcher, long, tries)
    if (longMs < FLOOR_MS) return ''
    const shortMs = leastMs(matcher, short, tries * 2)
    if (longMs < Math.max(shortMs * MOST_GROWTH, FLOOR_MS)) return ''
    words = `${short.length} characters took ${shortMs.toFixed(1)} ms, ${long.length} took ${longMs.toFixed(0)} ms: ${JSON.stringify(long.slice(0, 120))}`
  }
  return words
}

const scraps = fc.array(fc.constantFrom(...SCRAPS), { minLength: 1, maxLength: 4 })
const repeated = (parts: readonly string[], length: number) => {
  const piece = parts.join('')
  return piece.repeat(Math.ceil(length / piece.length))
}

describe('the time to match a text grows as its length does', () => {
  test('and the measure knows one that does not', () => {
    const quadratic = (text: string) => /[a-z]+=/.test(text)
    expect(() => growsEvenly('canary', quadratic, length => 'a'.repeat(length))).toThrow(
      /canary: .*\d+ characters took/,
    )
    const slowButEven = (text: string) => /^(?:a|b|c|d)*$/.test(text)
    growsEvenly('even', slowButEven, length => 'd'.repeat(length))
  })

  test.each(Object.entries(MATCHERS))('%s: each piece, again and again', (name, matcher) => {
    for (const scrap of SCRAPS) growsEvenly(name, matcher, length => repeated([scrap], length))
  })

  const numRuns = SLOW ? 2000 : 60
  test.each(Object.entries(MATCHERS))(
    '%s: several pieces in turn, one run of each, one behind another',
    (name, matcher) => {
      const holds = (lead: readonly string[], parts: readonly string[], other: readonly string[], asRuns: boolean) =>
        growsEvenly(name, matcher, length =>
          asRuns
            ? lead.join('') + repeated(parts, length / 2) + repeated(other, length / 2)
            : lead.join('') + repeated([...parts, ...other], length),
        )
      fc.assert(fc.property(scraps, scraps, scraps, fc.boolean(), holds), { seed, numRuns, endOnFailure: true })
    },
    SLOW ? 1_800_000 : 120_000,
  )
})
