import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** vitest's globalSetup: tests of the command line run what users run, so dist, and build that it is made of, must not be older than src. */
export default function build(): void {
  const root = join(import.meta.dirname, '..')
  const srcMs = newest(join(root, 'src'))
  if (['build', 'dist'].every(folder => srcMs <= newest(join(root, folder)))) return
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`)
}

/** When something below was last written, in milliseconds; 0 where there is nothing. */
function newest(folder: string): number {
  try {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return Math.max(0, ...files.map(file => statSync(join(folder, file)).mtimeMs))
  } catch {
    return 0
  }
}
