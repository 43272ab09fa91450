import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { it, type Time } from '../../doubt/test.ts'

const FIREWALL = `${import.meta.dirname}/firewall.sh`
const MAIN = `${import.meta.dirname}/../../../dist/cli/main.js`

/** Whether this machine lets us have namespaces with a firewall in them; where it does not, there is nothing to test. */
async function allowed(): Promise<boolean> {
  const tools = ['/usr/sbin/nft', '/usr/sbin/mosquitto', '/usr/bin/nsenter']
  if (!tools.every(existsSync)) return false
  const tried = await execa('unshare', ['-rnm', 'nft', 'add table ip t'], { reject: false })
  return !tried.failed
}

/** `halfopen probe` from one network namespace to mosquitto in another, through nftables and conntrack. */
async function probeThrough(time: Time, afterS: number, verdict: 'drop' | 'reject', max: string) {
  const startMs = time.nowMs()
  const probing = execa(
    FIREWALL,
    [String(afterS), verdict, process.execPath, MAIN, 'probe', 'mqtt://10.77.2.2', '--max', max],
    { reject: false },
  )
  time.alsoOf(probing.pid)
  const { stdout, stderr } = await probing
  const [, above, atMost] = /^Idle time-out T: between ([\d.]+) s and ([\d.]+) s\./m.exec(stdout) ?? []
  const [, took] = /connections, ([\d.]+) s,/.exec(stdout) ?? []
  const doubt = time.doubt(startMs, time.nowMs())
  return { stdout, above: Number(above), atMost: Number(atMost), tookS: Number(took), trouble: stderr, doubt }
}

describe.runIf(await allowed()).concurrent("a probe through the kernel's own firewall", () => {
  it.for([
    ['drop', 'At expiry: silent; what is sent then vanishes.'],
    ['reject', 'At expiry: silent; what the client sends then is answered with RST.'],
  ] as const)('finds 7 s to within a second, %s', async ([verdict, words], { time }) => {
    const { stdout, above, atMost, tookS, trouble, doubt } = await probeThrough(time, 7, verdict, '20s')
    expect(stdout, trouble).toContain(words)
    expect(stdout).toContain('TCP keep-alive keeps it open')
    time.claim('the silence that lived', 1000 * above, { earliestMs: 6000, latestMs: 7000 }, doubt)
    time.claim('the silence that died', 1000 * atMost, { earliestMs: 7000, latestMs: 8000 }, doubt)
    time.claim('the probe', 1000 * tookS, { latestMs: 1.3 * 20_000 }, doubt)
  })

  it('says none where the firewall is more patient than we are', async ({ time }) => {
    const { stdout, trouble } = await probeThrough(time, 600, 'drop', '8s')
    expect(stdout, trouble).toContain('No idle time-out: none up to 8 s.')
  })
})
