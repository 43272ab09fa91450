import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The package's own folder, from src/cli as from dist/cli. */
export const PACKAGE_DIR = fileURLToPath(new URL('../../', import.meta.url))

export const BUNDLED_SCENARIOS = `${PACKAGE_DIR}scenarios`

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(`${PACKAGE_DIR}package.json`, 'utf8')) as { version: string }
  return version
}
