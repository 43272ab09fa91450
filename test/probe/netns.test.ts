import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

const FIREWALL = `${import.meta.dirname}/firewall.sh`
const JITI = `${import.meta.dirname}/../../node_modules/.bin/jiti`
const MAIN = `${import.meta.dirname}/../../src/cli/main.ts`

/** Whether this machine lets us have namespaces with a firewall in them; where it does not, there is nothing to test. */
async function allowed(): Promise<boolean> {
  const tools = ['/usr/sbin/nft', '/usr/sbin/mosquitto', '/usr/bin/nsenter']
  if (!tools.every(existsSync)) return false
  const tried = await execa('unshare', ['-rnm', 'nft', 'add table ip t'], { reject: false })
  return !tried.failed
}

/** `halfopen probe` from one network namespace to mosquitto in another, through nftables and conntrack. */
async function probeThrough(afterS: number, verdict: 'drop' | 'reject', max: string) {
  const { stdout, stderr } = await execa(
    FIREWALL,
    [String(afterS), verdict, process.execPath, JITI, MAIN, 'probe', 'mqtt://10.77.2.2', '--max', max],
    { reject: false },
  )
  const [, above, atMost] = /^Idle time-out T: between ([\d.]+) s and ([\d.]+) s\./m.exec(stdout) ?? []
  const [, took] = /connections, ([\d.]+) s,/.exec(stdout) ?? []
  return { stdout, above: Number(above), atMost: Number(atMost), tookS: Number(took), trouble: stderr }
}

describe.runIf(await allowed()).concurrent("a probe through the kernel's own firewall", () => {
  it.each([
    ['drop', 'At expiry: silent; what is sent then vanishes.'],
    ['reject', 'At expiry: silent; what the client sends then is answered with RST.'],
  ] as const)('finds 7 s to within a second, %s', { timeout: 60_000 }, async (verdict, words) => {
    const { stdout, above, atMost, tookS, trouble } = await probeThrough(7, verdict, '20s')
    expect(stdout, trouble).toContain(words)
    expect(stdout).toContain('TCP keep-alive keeps it open')
    expect(above).toBeGreaterThanOrEqual(6)
    expect(above).toBeLessThanOrEqual(7)
    expect(atMost).toBeGreaterThanOrEqual(7)
    expect(atMost).toBeLessThanOrEqual(8)
    expect(tookS).toBeLessThanOrEqual(1.3 * 20)
  })

  it('says none where the firewall is more patient than we are', { timeout: 60_000 }, async () => {
    const { stdout, trouble } = await probeThrough(600, 'drop', '8s')
    expect(stdout, trouble).toContain('No idle time-out: none up to 8 s.')
  })
})
