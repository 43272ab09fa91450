// Builds only where what was built is older than what it is made of. npx links a clone of this package anew now and then, which runs
// `prepare`; tests of the command line run what users run.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** When a file, or something below a folder, was last written, in milliseconds; 0 where there is nothing. */
function newest(name) {
  const path = join(root, name)
  try {
    if (!statSync(path).isDirectory()) return statSync(path).mtimeMs
    const below = readdirSync(path, { recursive: true, encoding: 'utf8' })
    return Math.max(0, ...below.map(file => statSync(join(path, file)).mtimeMs))
  } catch {
    return 0
  }
}

const sourceMs = Math.max(...['src', 'scripts/bundle.js', 'scripts/bundle-page.js', 'tsconfig.build.json'].map(newest))
if (['build', 'dist'].some(folder => newest(folder) < sourceMs)) {
  const { status } = spawnSync('npm', ['run', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  process.exitCode = status ?? 1
}
