// Puts this package's own command where npx looks first. Without it `npx halfopen` in a clone would ask whether it may install the
// package that it stands in, and build it once more.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const link = join(root, 'node_modules', '.bin', 'halfopen')

// npx on Windows wants a .cmd file beside it; there the question remains.
if (process.platform !== 'win32') {
  chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(join('..', '..', 'dist', 'cli', 'main.js'), link)
}
