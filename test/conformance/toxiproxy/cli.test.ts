/** Toxiproxy's own command line drives ours. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { it } from '../../doubt/test.ts'
import { withApi } from './probe.ts'
import { findProgram, ours } from './servers.ts'

const program = findProgram('toxiproxy-cli', 'HALFOPEN_TOXIPROXY_CLI')
const REMEDY =
  'go install github.com/Shopify/toxiproxy/v2/cmd/cli@v2.12.0 (as toxiproxy-cli on the PATH, or in HALFOPEN_TOXIPROXY_CLI)'
const skipped = program === undefined ? ` (skipped: no toxiproxy-cli; ${REMEDY})` : ''

it.skipIf(program === undefined)(`toxiproxy-cli creates, lists, inspects, toggles and deletes${skipped}`, ({ time }) =>
  withApi(ours, time, async ({ url }) => {
    const cli = async (...args: string[]) => (await promisify(execFile)(program ?? '', ['-h', url, ...args])).stdout
    expect(await cli('create', '-l', '127.0.0.1:0', '-u', '127.0.0.1:9', 'mqtt')).toContain('Created new proxy mqtt')
    const add = ['toxic', 'add', '-t', 'latency', '-n', 'slow', '-a', 'latency=100', '-a', 'jitter=5', 'mqtt']
    expect(await cli(...add)).toContain("Added downstream latency toxic 'slow' on proxy 'mqtt'")
    expect(await cli('toxic', 'update', '-n', 'slow', '-a', 'jitter=7', 'mqtt')).toContain(
      "Updated toxic 'slow' on proxy 'mqtt'",
    )
    expect(await cli('toxic', 'add', '-t', 'swallow', '-u', '-a', 'packets=pingreq', 'mqtt')).toContain(
      'swallow_upstream',
    )
    expect(
      await cli('toxic', 'add', '-t', 'idle_cut', '-a', 'after=350000', '-a', 'on_next=rst-sender', 'mqtt'),
    ).toContain('idle_cut')
    expect(await cli('inspect', 'mqtt')).toMatch(/slow.*latency=100.*jitter=7|slow.*jitter=7.*latency=100/s)
    expect(await cli('list')).toMatch(/mqtt\s+127\.0\.0\.1:\d+\s+127\.0\.0\.1:9\s+enabled\s+3/)
    expect(await cli('toxic', 'remove', '-n', 'slow', 'mqtt')).toContain("Removed toxic 'slow' on proxy 'mqtt'")
    expect(await cli('toggle', 'mqtt')).toContain('Proxy mqtt is now disabled')
    expect(await cli('delete', 'mqtt')).toContain('Deleted proxy mqtt')
    expect(await cli('list')).not.toContain('mqtt')
  }),
)

it.runIf(program === undefined && process.env.HALFOPEN_REQUIRE === 'all')('toxiproxy-cli is available', () =>
  expect.unreachable(skipped),
)
