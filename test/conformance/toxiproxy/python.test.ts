/** Toxiproxy's client for Python drives ours, our own toxics too. */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { it } from '../../doubt/test.ts'
import { withApi } from './probe.ts'
import { findProgram, ours } from './servers.ts'

const REMEDY =
  'pip install toxiproxy-python==0.1.1 (for the python3 of the PATH, or for the one in HALFOPEN_TOXIPROXY_PYTHON)'
const python = findProgram('python3', 'HALFOPEN_TOXIPROXY_PYTHON')
const isThere = python !== undefined && hasClient(python)
const skipped = isThere ? '' : ` (skipped: no toxiproxy-python; ${REMEDY})`

function hasClient(program: string): boolean {
  try {
    execFileSync(program, ['-c', 'import toxiproxy'], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

const SCRIPT = `
import sys
from toxiproxy import Toxiproxy
host, port = sys.argv[1:]
server = Toxiproxy()
server.update_api_consumer(host, int(port))
proxy = server.create(upstream='127.0.0.1:9', name='db', listen='127.0.0.1:0')
proxy.add_toxic(type='latency', attributes={'latency': 100, 'jitter': 5})
proxy.add_toxic(type='blackhole', stream='upstream')
proxy.add_toxic(type='stall_reads', stream='upstream', name='stuck')
proxy.add_toxic(type='idle_cut', attributes={'after': 350000, 'on_next': 'rst-sender'})
print(sorted(proxy.toxics()))
proxy.destroy_toxic('stuck')
print(sorted(proxy.toxics()))
with proxy.down():
    print(server.get_proxy('db').enabled)
print(server.get_proxy('db').enabled)
server.reset()
print(sorted(proxy.toxics()))
server.destroy_all()
print(server.proxies())
`

it.skipIf(!isThere)(`toxiproxy-python creates, adds, removes, toggles and resets${skipped}`, ({ time }) =>
  withApi(ours, time, async ({ url }) => {
    const { hostname, port } = new URL(url)
    const { stdout } = await promisify(execFile)(python ?? '', ['-c', SCRIPT, hostname, port])
    expect(stdout.trim().split('\n')).toEqual([
      "['blackhole_upstream', 'idle_cut_downstream', 'latency_downstream', 'stuck']",
      "['blackhole_upstream', 'idle_cut_downstream', 'latency_downstream']",
      'False',
      'True',
      '[]',
      '{}',
    ])
  }),
)

it.runIf(!isThere && process.env.HALFOPEN_REQUIRE === 'all')('toxiproxy-python is available', () =>
  expect.unreachable(skipped),
)
