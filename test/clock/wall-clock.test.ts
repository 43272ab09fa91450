import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnswer, writeDate } from '../../src/clock/wall-clock.ts'

const NOW_MS = 1_795_864_557_103

function answerTo(question: Buffer, receivedMs: number, answeredMs: number): Buffer {
  const bytes = Buffer.alloc(48)
  bytes[0] = 0x24
  bytes[1] = 2
  question.copy(bytes, 24, 40, 48)
  writeDate(bytes, 32, receivedMs)
  writeDate(bytes, 40, answeredMs)
  return bytes
}

function question(sentMs: number): Buffer {
  const bytes = Buffer.alloc(48)
  bytes[0] = 0x23
  writeDate(bytes, 40, sentMs)
  return bytes
}

test('the true offset lies within the error that is told, whatever each way takes', () => {
  const ways = fc.integer({ min: 0, max: 3000 })
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), ways, ways, ways, (offsetMs, thereMs, insideMs, backMs) => {
      const receivedMs = NOW_MS + thereMs + offsetMs
      const cameMs = NOW_MS + thereMs + insideMs + backMs
      const asked = question(NOW_MS)
      const read = readAnswer(answerTo(asked, receivedMs, receivedMs + insideMs), asked, { sentMs: NOW_MS, cameMs })
      if (typeof read === 'string') throw new Error(read)
      expect(Math.abs(read.offsetMs - offsetMs)).toBeLessThanOrEqual(read.errorMs)
      expect(read.errorMs).toBeLessThanOrEqual((thereMs + backMs) / 2 + 2)
    }),
  )
})

test.each<[string, (bytes: Buffer) => unknown, RegExp]>([
  ['refuses', bytes => bytes.fill(0, 1, 2).write('RATE', 12, 'latin1'), /^it refuses \(RATE\)$/],
  ['has no time itself', bytes => bytes.writeUInt8(0xe4, 0), /^it does not know the time itself$/],
  ['has a stratum that does not exist', bytes => bytes.writeUInt8(16, 1), /^it does not know the time itself$/],
  ['is a question', bytes => bytes.writeUInt8(0x23, 0), /^its answer is no NTP$/],
  ['answers somebody else', bytes => bytes.writeUInt8(1, 30), /^its answer is to another question$/],
])('a server that %s is not believed', (_, spoil, why) => {
  const asked = question(NOW_MS)
  const bytes = answerTo(asked, NOW_MS, NOW_MS)
  spoil(bytes)
  expect(readAnswer(bytes, asked, { sentMs: NOW_MS, cameMs: NOW_MS })).toMatch(why)
})

test('what is too short is no answer', () => {
  const asked = question(NOW_MS)
  expect(readAnswer(Buffer.alloc(47), asked, { sentMs: NOW_MS, cameMs: NOW_MS })).toBe('its answer is no NTP')
})
