import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** vitest's globalSetup: tests of the command line run what users run, so it must not be older than the sources. */
export default function build(): void {
  const root = join(import.meta.dirname, '..')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build-if-stale.js'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`)
}
