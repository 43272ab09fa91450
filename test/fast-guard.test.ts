/** The canary of fast-guard.ts: what it forbids is refused, and noted so that the test fails which did it. */
import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const noted = (): readonly string[] => (globalThis as { fastGuard?: string[] }).fastGuard?.splice(0) ?? []

test.each([
  ['connects a socket', () => connect(1)],
  ['listens on a socket', () => createServer().listen(0)],
  ['uses a datagram socket', () => createSocket('udp4').bind(0)],
  ['starts a process', () => spawn('true')],
  ['starts a process', () => execFileSync('true')],
  ['starts a thread', () => new Worker('')],
] as const)('a fast test that %s is refused', (words, act) => {
  expect(act).toThrow(`a test of the project fast ${words}`)
  expect(noted()).toEqual([words])
})

test('a fast test that waits for the machine is noted, one that only might have is not', async () => {
  clearTimeout(setTimeout(() => {}, 60_000))
  await new Promise(resolve => setTimeout(resolve, 1))
  expect(noted()).toEqual([])
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(noted()).toEqual(['waits 30 ms of real time'])
})
