import { fork } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { monotonicMs, realClock } from '../../src/clock/real.ts'
import { turns } from '../../src/clock/turns.ts'

const clock = realClock()
const standStill = (ms: number) => {
  for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; );
}

/** Sends its own date eight bytes at a time, twice: right before the write and right after it, so that preemption is seen. */
const SENDER = `
const now = () => Number(process.hrtime.bigint()) / 1e6
const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1')
socket.setNoDelay()
let left = 150
const timer = setInterval(() => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(now())
  socket.write(bytes)
  if (--left === 0) { clearInterval(timer); socket.end() }
}, 5)
`

test('what arrives while the thread is busy is dated late, and the lateness covers when it was sent', async () => {
  const watch = turns()
  const seen: { readonly sentMs: number; readonly atMs: number; readonly lateMs: number }[] = []
  const server = createServer(socket =>
    socket.on('data', bytes => {
      const lateMs = watch.lateMs()
      const atMs = monotonicMs()
      for (let at = 0; at + 8 <= bytes.length; at += 8) seen.push({ sentMs: bytes.readDoubleLE(at), atMs, lateMs })
    }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const child = fork('-e', [SENDER, String((server.address() as AddressInfo).port)], { execArgv: [], silent: true })
  const over = new Promise(resolve => child.once('exit', resolve))
  // Half of the time this thread is busy with something else.
  let busy = true
  const work = () => {
    standStill(20)
    if (busy) clock.at(clock.nowMs() + 20, work)
  }
  work()
  await over
  busy = false
  await new Promise(resolve => server.close(resolve))
  expect(seen).toHaveLength(150)
  // A sender may itself lose the processor between its date and its write, so that the date is too early: 2 ms is the lab's resolution.
  const outside = seen.filter(({ sentMs, atMs, lateMs }) => sentMs < atMs - lateMs - 2 || sentMs > atMs)
  expect(outside.length).toBeLessThanOrEqual(seen.length / 20)
  // Canary: without the lateness, dates of a busy thread would be wrong.
  expect(seen.filter(({ sentMs, atMs }) => sentMs < atMs - 2).length).toBeGreaterThan(seen.length / 20)
})

test('what is put off until the end of the turn is done once, in order', async () => {
  const watch = turns()
  const done: string[] = []
  watch.afterwards(() => done.push('one'))
  watch.afterwards(() => done.push('two'))
  expect(done).toEqual([])
  await clock.advanceTo(clock.nowMs() + 5)
  expect(done).toEqual(['one', 'two'])
})
