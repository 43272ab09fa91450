import { beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../../src/commands/device/device-limits.ts'
import { jsonText, markdownText } from '../../../src/commands/device/formats.ts'
import { planText } from '../../../src/commands/device/programme.ts'
import { deviceReport } from '../../../src/commands/device/report/device-page.ts'
import { documentOf, type Reported } from '../../../src/commands/device/report/document.ts'
import { resultOf } from '../../../src/commands/device/report/results.ts'
import { steps } from '../../../src/commands/device/steps/index.ts'
import { stepLines } from '../../../src/commands/device/watch.ts'
import { reportHtml } from '../../../src/pages/page-html.ts'
import { mqttjs, publishes, simulated } from './simulated.ts'

const CLIENT_ID = 'a <b> | `c`'

/** MQTT.js 4 while it publishes: something passes, something fails and something is not tested. */
async function failing(): Promise<Reported> {
  const run = await simulated({
    module: 'mqtt4',
    device: (dial, _clock, mqtt) =>
      publishes(mqttjs(mqtt, dial, { clientId: CLIENT_ID, username: 'device-user', password: 'device-secret' }), 2000),
    only: ['interval', 'pingresp', 'half-open-publishing', 'backoff'],
  })
  return {
    run,
    setting: {
      halfopen: '0.1.0',
      broker: { name: 'aedes', version: '1' },
      started: '2030-01-01T00:00:00.000Z',
      resolutionMs: 0,
    },
    limits: DEFAULT_LIMITS,
    listen: '127.0.0.1:1883',
    upstream: 'aedes, started for this',
    command: 'halfopen device --listen 127.0.0.1:1883',
    evidence: 'device.ndjson',
  }
}

let reported: Reported
beforeAll(async () => {
  reported = await failing()
})

describe('the report', () => {
  test('is the same to the last byte on virtual time', async () => {
    await expect(markdownText(documentOf(reported))).toMatchFileSnapshot('../../golden/device/report.md')
  })

  test('tells what the firmware authors need: device, result, reason, figures, clause, timeline, how to repeat it', () => {
    const text = markdownText(documentOf(reported))
    for (const part of [
      'FAIL: 2 failed (half-open while publishing; reconnect backoff)',
      '10 s declared',
      '31.50 s (3.15K)',
      'MQTT 3.1.1 §3.1.2.10',
      'let only what is received restart the timer',
      'link    the fault begins',
      'halfopen device --listen 127.0.0.1:1883 --only half-open-publishing',
    ])
      expect(text).toContain(part)
  })

  test('escapes a client id of any text', () => {
    expect(markdownText(documentOf(reported))).toContain('| client id | a \\<b\\> \\| \\`c\\` |')
    const html = reportHtml(deviceReport(reported), { script: '', style: '' })
    expect(html).not.toContain('a <b>')
    expect(html).toContain('<dd>a &lt;b&gt; | `c`</dd>')
  })

  test('as a page has what to do first, the attempts as dots on time, and a timeline of each failure', () => {
    const { page, timelines } = deviceReport(reported)
    expect(page.answer).toBe('FAIL: 2 failed (half-open while publishing; reconnect backoff), 1 passed, 1 not tested')
    expect(page.blocks[0]).toMatchObject({ is: 'heading', text: 'What to do' })
    const spans = page.blocks.flatMap(block => (block.is === 'spans' ? [block.spans] : []))
    expect(spans.flatMap(({ rows }) => rows.map(({ label }) => label))).toContainEqual(
      expect.stringMatching(/^turned away: \d+ attempts$/),
    )
    for (const { at } of spans.flatMap(({ rows }) => rows.flatMap(({ marks }) => marks)))
      expect(at).toBeGreaterThanOrEqual(0)
    expect([...(timelines ?? new Map()).keys()]).toEqual(['half-open-publishing', 'backoff'])
  })

  test('as JSON has every remark with its figures', () => {
    const json = JSON.parse(jsonText(reported))
    expect(json).toMatchObject({
      device_report: 1,
      result: 'fail',
      stopped: false,
      device: { clientId: CLIENT_ID, keepalive_ms: 10_000 },
    })
    expect(json.steps.map((step: { result: string }) => step.result)).toEqual(['pass', 'not tested', 'fail', 'fail'])
    expect(json.steps[2].remarks[0].clause).toBe('MQTT 3.1.1 §3.1.2.10')
  })

  test('holds no secret in any format', () => {
    const all = [
      markdownText(documentOf(reported)),
      JSON.stringify(deviceReport(reported).page),
      jsonText(reported),
    ].join('\n')
    expect(all).not.toMatch(/device-user|device-secret/)
  })
})

describe('in a terminal', () => {
  test('a step that passed is one line; no line is longer than 80 columns or coloured', () => {
    const texts = reported.run.outcomes.map(outcome => stepLines(outcome, { color: false, width: 80 }))
    const passed = texts[0] ?? ''
    expect(passed).toBe('  pass  Healthy interval            longest silence 2.00 s (0.2K)\n')
    for (const line of texts.join('').split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(texts.join('')).not.toContain('\u001b')
  })

  test('the plan lists every step with its longest time', () => {
    const text = planText(steps, DEFAULT_LIMITS, 60, 80)
    for (const { name } of steps) expect(text).toContain(`  ${name} `)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(text).toMatch(/backoff +21:00/)
  })
})

test('a device that stayed away before the end has not passed, whatever it did before', () => {
  const [step] = steps
  if (!step) throw new Error('there are no steps')
  const passed = { step, result: 'pass', remarks: [], scene: { fromMs: 0, toMs: 1, fault: 'x#0' } } as const
  const unbegun = { step, result: 'not tested', remarks: [], scene: undefined } as const
  const needless = { ...unbegun, scene: passed.scene }
  const of = (...outcomes: Parameters<typeof resultOf>[0]['outcomes']) => resultOf({ outcomes, stopped: false })
  expect([of(passed, needless), of(passed, unbegun)]).toEqual(['pass', 'inconclusive'])
  expect(of({ ...passed, result: 'fail' }, unbegun)).toBe('fail')
})
