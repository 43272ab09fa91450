/** Toxiproxy's clients for Go, Java and Rust drive ours as they drive the original. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { it } from '../../doubt/test.ts'
import { withApi } from './probe.ts'
import { ours } from './servers.ts'

const BUILT = join(import.meta.dirname, '../../../.tools/toxiproxy-clients')
const REMEDY = 'test/conformance/toxiproxy/clients/build.sh .tools/toxiproxy-clients'

const WITHOUT_OURS = ['toxics: cut latency_downstream']
const LANGUAGES = [
  {
    client: "Toxiproxy's own for Go",
    file: 'go/drive',
    run: [join(BUILT, 'go/drive')],
    // It names any type; the others know Toxiproxy's.
    first: ['toxics: blackhole_upstream cut latency_downstream nat', ...WITHOUT_OURS],
  },
  {
    client: 'toxiproxy-java',
    file: 'java/classes/Drive.class',
    run: ['java', '-cp', `${join(BUILT, 'java/classes')}:${join(BUILT, 'java/lib')}/*`, 'Drive'],
    first: WITHOUT_OURS,
  },
  {
    client: 'toxiproxy_rust',
    file: 'rust/debug/drive',
    run: [join(BUILT, 'rust/debug/drive')],
    first: ['toxics: latency_downstream timeout_upstream'],
  },
]

for (const { client, file, run, first } of LANGUAGES) {
  const isThere = existsSync(join(BUILT, file))
  const skipped = isThere ? '' : ` (skipped: it is not built; ${REMEDY})`
  it.skipIf(!isThere)(`${client} creates, adds, lists, toggles, resets and deletes${skipped}`, ({ time }) =>
    withApi(ours, time, async ({ url }) => {
      const { hostname, port } = new URL(url)
      const [program = '', ...args] = run
      const { stdout } = await promisify(execFile)(program, [...args, hostname, port])
      expect(stdout.trim().split('\n')).toEqual([
        ...first,
        'enabled: false',
        'enabled: true',
        'after reset: ',
        'left: 0',
      ])
    }),
  )
  it.runIf(!isThere && process.env.HALFOPEN_REQUIRE === 'all')(`${client} is available`, () =>
    expect.unreachable(skipped),
  )
}
