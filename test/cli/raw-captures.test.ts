/** What `--pcap-with` puts beside the evidence: keys that open what the wire carried, and what the kernel saw. And nothing where it was not asked for. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import which from 'which'
import { titled } from '../needs.ts'
import { MAIN, project } from './halfopen.ts'

const tools = await Promise.all(['tshark', 'mergecap', 'tcpdump', 'nft'].map(name => which(name, { nothrow: true })))
const missing =
  tools.includes(null) || process.getuid?.() !== 0
    ? 'it needs root, tshark, tcpdump and nft: apt-get install --no-install-recommends tshark tcpdump nftables'
    : undefined
if (missing !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(missing)

const INSPECTED = `name: inspected
broker: { name: aedes, tls: true }
client: { name: mqttjs, keepalive: 1s }
link: { tls: inspect }
timeline: [{ at: 1500ms, fault: blackhole }]
expect: [broker-drops-client]
until: 4s
`
const KERNEL = `name: in the kernel
broker: aedes
client: { name: mqttjs, keepalive: 1s }
timeline: [{ at: 1500ms, fault: blackhole }]
expect: [broker-drops-client]
lab: netns
until: 4s
`

/** On a loopback device of its own: what other tests send over the machine's own is more than tcpdump can take. */
const ALONE = `ip link set lo up
tcpdump -i lo -w wire.pcap -U tcp 2>told & wire=$!
until grep -q listening told; do sleep 0.05; done
"$NODE" "$MAIN" run tls.yaml --out out --pcap caps --pcap-with keys
status=$?
sleep 0.3; kill -INT $wire; wait $wire
exit $status`

const tshark = async (file: string, filter: string, fields: readonly string[], ...options: readonly string[]) => {
  const asked = fields.flatMap(field => ['-e', field])
  const { stdout } = await execa('tshark', ['-r', file, ...options, '-Y', filter, '-T', 'fields', ...asked])
  return stdout.split('\n').filter(line => line !== '')
}

describe.skipIf(missing).concurrent(titled('a capture', missing), () => {
  test('has the keys of both sessions of the link where they were asked for, and they open what was on the wire', async () => {
    await using home = await project({ 'tls.yaml': INSPECTED })
    const { exitCode, stdout, stderr } = await execa('unshare', ['--net', '--kill-child', 'sh', '-c', ALONE], {
      cwd: home.dir,
      env: { NODE: process.execPath, MAIN, NO_COLOR: '1', GITHUB_ACTIONS: undefined, CI: undefined },
      reject: false,
    })
    expect([0, 3], stdout + stderr).toContain(exitCode)
    expect(readdirSync(join(home.dir, 'caps'))).toEqual(['inspected.pcapng'])
    expect(statSync(join(home.dir, 'caps/inspected.pcapng')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(home.dir, 'out/inspected.ndjson'), 'latin1')).not.toContain('SECRET')

    const own = await tshark(join(home.dir, 'caps/inspected.pcapng'), 'mqtt', ['mqtt.msgtype'])
    const all = join(home.dir, 'all.pcapng')
    await execa('mergecap', ['-w', all, join(home.dir, 'caps/inspected.pcapng'), join(home.dir, 'wire.pcap')])
    const hello = await tshark(all, 'tls.handshake.type == 1', ['tcp.dstport'])
    const ports = [...new Set(hello)].flatMap(port => ['-d', `tls.port==${port},mqtt`])
    const opened = await tshark(all, 'tls && mqtt.msgtype in {1, 2}', ['mqtt.msgtype'], ...ports)
    // The witness has a session of its own with the broker, of which the link knows nothing.
    expect(opened.toSorted()).toEqual(own.filter(type => type === '1' || type === '2').toSorted())
    expect(opened.length).toBeGreaterThanOrEqual(4)
  })

  test('of the kernel shows each edge as it was, in the lab netns', async () => {
    await using home = await project({ 'netns.yaml': KERNEL })
    const { exitCode, stdout, stderr } = await home.run('run netns.yaml --pcap caps --pcap-with kernel'.split(' '))
    expect([0, 3], stdout + stderr).toContain(exitCode)
    const names = ['in-the-kernel.kernel-broker.pcapng', 'in-the-kernel.kernel-client.pcapng', 'in-the-kernel.pcapng']
    expect(readdirSync(join(home.dir, 'caps')).sort()).toEqual(names)
    const of = (name: string, filter: string) =>
      tshark(join(home.dir, 'caps', name), filter, ['ip.src', 'mqtt.msgtype', 'tcp.analysis.retransmission'])
    const [atBroker, atClient] = await Promise.all(names.slice(0, 2).map(name => of(name, 'mqtt')))
    expect(atClient?.[0]).toMatch(/^10\.77\.1\.2\t1/)
    expect(atBroker?.[0]).toMatch(/^10\.77\.1\.2\t1/)
    // What the firewall dropped is at one edge only, and is sent again there.
    expect(atClient?.length).toBeGreaterThan(atBroker?.length ?? Infinity)
    expect((await of(names[1] ?? '', 'tcp.analysis.retransmission')).length).toBeGreaterThan(0)
    expect(await of(names[0] ?? '', '_ws.malformed')).toEqual([])
  })

  test('of a connection that nobody touches is opened by what SSLKEYLOGFILE asks for, and nothing else holds a key', async () => {
    await using home = await project({
      'sealed.yaml': INSPECTED.replace(/link:.*\n|timeline:.*\n/g, '').replace('until: 4s', 'until: 1s'),
    })
    const keys = join(home.dir, 'keys.log')
    const { stderr } = await home.run('run sealed.yaml --out out --pcap caps'.split(' '), { SSLKEYLOGFILE: keys })
    expect(stderr).toContain(
      `SSLKEYLOGFILE is set: the keys of TLS that clients, witnesses and halfopen's own parts speak are written to ${keys}`,
    )
    const lines = readFileSync(keys, 'latin1').split('\n')
    // The client's, and the witness's.
    expect(lines.filter(line => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')).length).toBeGreaterThanOrEqual(2)
    expect(statSync(keys).mode & 0o777).toBe(0o600)
    for (const file of ['out/inspected.ndjson', 'caps/inspected.pcapng'])
      expect(readFileSync(join(home.dir, file), 'latin1')).not.toMatch(/TRAFFIC_SECRET|CLIENT_RANDOM/)
  })

  test('has neither where nobody asked', async () => {
    await using home = await project({ 'tls.yaml': INSPECTED.replace('until: 4s', 'until: 2s') })
    await home.run('run tls.yaml --out out --pcap caps --html run.html'.split(' '))
    const files = ['run.html', ...readdirSync(join(home.dir, 'caps')).map(name => `caps/${name}`)]
    const more = readdirSync(join(home.dir, 'out'), { recursive: true, encoding: 'utf8' }).map(name => `out/${name}`)
    const texts = [...files, ...more.filter(name => /\.\w+$/.test(name))].map(name =>
      readFileSync(join(home.dir, name), 'latin1'),
    )
    expect(texts.length).toBeGreaterThan(3)
    for (const text of texts) expect(text).not.toMatch(/TRAFFIC_SECRET|CLIENT_RANDOM/)
    const wrong = await home.run('run tls.yaml --pcap-with keys'.split(' '))
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('it needs --pcap DIR')])
    const unknown = await home.run('run tls.yaml --pcap caps --pcap-with passwords'.split(' '))
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('It is one of keys, kernel')])
  })
})
