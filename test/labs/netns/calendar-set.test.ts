/**
 * The calendar's clock is set while a run in the lab netns is being played, as NTP or a person does it. Setting the machine's would be
 * everybody's, so the process that reads it beside the kernel's dates is started in a time of its own, as `clock-step` does it.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import which from 'which'
import { available } from '../../../src/labs/netns/allowed.ts'
import { faketimeAvailable, settableTime } from '../../../src/processes/faketime.ts'
import { test } from '../../doubt/test.ts'
import { lackOf } from '../../needs.ts'
import { startPlaying } from './play.ts'

const machine = await available()
const missing = machine === true ? lackOf(await faketimeAvailable()) : lackOf(machine)

const SCENARIO = `name: a path that goes silent while the calendar is set
broker: aedes
client: { name: mqttjs, keepalive: 2s, traffic: { publishing: { qos: 0, every: 300ms } }, reconnectPeriod: 0 }
timeline: [{ at: 3s, fault: blackhole }]
expect: [broker-drops-client]
lab: [netns]
until: 8s
`
/** From the start of what reads the clocks: within the run, behind most packets and before others. */
const SET_AFTER_MS = 4000

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

/** A perl that reads a calendar of its own where it is the firewall's watcher; with `kernel` the kernel's dates go with it. */
async function watcherIn(folder: string, kernel: boolean) {
  const time = await settableTime(1, false)
  const words = time.enter((await which('perl')) ?? '', [])
  const [, offset = ''] = words.find(word => word.startsWith('FAKETIME_TIMESTAMP_FILE='))?.split('=') ?? []
  const moved = `s,unpack(.q2., $date);,& { open(my $f, "<", "${offset}"); $seconds += int(<$f>) },`
  const lines = [
    '#!/bin/sh',
    `case "$2" in *0x8907*) touch ${quoted(join(folder, 'begun'))}`,
    `exec ${words.map(quoted).join(' ')} -e "$(printf %s "$2"${kernel ? ` | sed ${quoted(moved)}` : ''})";; esac`,
    `exec ${quoted(words.at(-1) ?? '')} "$@"`,
  ]
  writeFileSync(join(folder, 'perl'), `${lines.join('\n')}\n`, { mode: 0o755 })
  return time
}

async function played(byMs: number, kernel: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-calendar-'))
  try {
    writeFileSync(join(folder, 'silent.yaml'), SCENARIO)
    await using time = await watcherIn(folder, kernel)
    const playing = startPlaying([join(folder, 'silent.yaml')], undefined, { PATH: `${folder}:${process.env.PATH}` })
    await vi.waitUntil(() => existsSync(join(folder, 'begun')), { timeout: 100_000, interval: 20 })
    await new Promise(resolve => setTimeout(resolve, SET_AFTER_MS))
    if (byMs !== 0) await time.step(byMs)
    const [only] = await playing.played
    return only ?? expect.fail('nothing was played')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.runIf(missing === undefined).concurrent('while the calendar is set', { timeout: 180_000 }, () => {
  test('by nothing, a run passes', async ({ time }) => {
    const { verdict } = await played(0, false)
    expect(time.judged(verdict)).toMatchObject({ result: 'pass' })
  })

  test.for([
    [10_000, true],
    [-10_000, true],
    [10_000, false],
    [-10_000, false],
  ] as const)('by %d ms, with the kernel that dates packets: %s, no run fails for it', async ([byMs, kernel]) => {
    const { verdict, evidence } = await played(byMs, kernel)
    expect(verdict.result, JSON.stringify(verdict.outcomes)).not.toBe('fail')
    const lateMs = Math.max(...evidence.events.map(event => event.lateMs ?? 0))
    const told = verdict.troubles.some(text => text.includes('the clock of the calendar was set meanwhile'))
    // It was noticed: dates became wide, or it is trouble. Apart from each other, no date that lies ahead is believed.
    expect(told || lateMs > 50, JSON.stringify(verdict)).toBe(true)
    if (!kernel && byMs < 0) expect([verdict.result, told]).toEqual(['inconclusive', true])
  })
})
