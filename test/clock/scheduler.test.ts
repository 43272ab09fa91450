import { spawn, spawnSync } from 'node:child_process'
import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { realClock } from '../../src/clock/real.ts'
import { familyOf, lookAtProcess, ownWait, waitMsIn } from '../../src/clock/scheduler.ts'

const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)
const onLinux = process.platform === 'linux'

test('the second number of a schedstat is nanoseconds of waiting', () => {
  expect(waitMsIn('5178443 1500000 12\n')).toBe(1.5)
  expect(waitMsIn('')).toBeUndefined()
  expect(waitMsIn('no numbers here')).toBeUndefined()
})

test.runIf(onLinux)('what the own thread waited never falls', () => {
  const wait = ownWait()
  const before = wait?.readMs() ?? Number.NaN
  expect(wait?.readMs()).toBeGreaterThanOrEqual(before)
  wait?.close()
  expect(wait?.readMs()).toBeUndefined()
})

test.runIf(onLinux)('a stopped process is seen to be stopped, and a gone one not at all', async () => {
  const child = spawn('sleep', ['60'])
  const pid = child.pid ?? 0
  try {
    expect(lookAtProcess(pid)?.stopped).toBe(false)
    child.kill('SIGSTOP')
    // The kernel stops it within a time slice; how long that takes is not what is tested.
    while (!lookAtProcess(pid)?.stopped) await pause(5)
    expect(lookAtProcess(pid)?.stopped).toBe(true)
  } finally {
    child.kill('SIGKILL')
  }
  await new Promise(resolve => child.once('exit', resolve))
  expect(lookAtProcess(pid)).toBeUndefined()
})

test.runIf(onLinux)('a process and all that it started are one family', async () => {
  const shell = spawn('sh', ['-c', 'sleep 60 & sleep 60 & wait'], { detached: true })
  const pid = shell.pid ?? 0
  try {
    while (familyOf(pid).length < 3) await pause(5)
    expect(familyOf(pid)).toHaveLength(3)
    expect(familyOf(pid)[0]).toBe(pid)
  } finally {
    process.kill(-pid, 'SIGKILL')
  }
})

test.runIf(onLinux)('a thread goes behind the others of its process, alone', () => {
  const module = new URL('../../build/clock/scheduler.js', import.meta.url).href
  const told = `import('node:os').then(os => console.log(os.getPriority()))`
  const thread = `import('${module}').then(({ putThread }) => { putThread(5); return ${told} })`
  const script = `const w = new (require('node:worker_threads').Worker)(${JSON.stringify(thread)}, { eval: true }); w.on('exit', () => ${told})`
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  const [behind, own] = stdout.trim().split('\n').map(Number)
  expect(own).toBe(getPriority())
  expect(behind).toBe(5)
})

test.runIf(onLinux)('a process puts itself first where it may, and else goes on as it was', () => {
  const module = new URL('../../build/clock/scheduler.js', import.meta.url).href
  const script = `import { getPriority } from 'node:os'; import { putFirst } from '${module}'; putFirst(); console.log(getPriority())`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  const mayBeFirst = spawnSync('nice', ['-n', '-10', 'nice'], { encoding: 'utf8' }).stdout.trim() === '-10'
  expect(stdout.trim()).toBe(String(mayBeFirst ? -10 : getPriority()))
})
