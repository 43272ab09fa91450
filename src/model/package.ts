import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The URL of the package's own folder, from src/model as from build/model and dist/shared. */
const PACKAGE_URL: string = new URL('../../', import.meta.url).href

/** The package's own folder, with a slash at its end. */
export const PACKAGE_DIR: string = fileURLToPath(PACKAGE_URL)

/** What `run` plays without files. */
export const BUNDLED_SCENARIOS: string = `${PACKAGE_DIR}scenarios`

/** Where the modules lie before they are bundled: the sources, which the tests run, and what was compiled of them, which benches run. */
const UNBUNDLED: readonly string[] = [`${PACKAGE_URL}src/`, `${PACKAGE_URL}build/`]

/** Whether this is the URL of one of our own sources. */
export const isOwnSource = (url: string): boolean => url.startsWith(`${PACKAGE_URL}src/`)

/**
 * The tests run the sources, and a process of Node 20 reads no TypeScript: it runs what was built of the same file. A module of another
 * package or of a project stays what it is.
 */
export function built(url: string): string {
  const folder = UNBUNDLED.find(start => url.startsWith(start))
  return folder === undefined ? url : `${PACKAGE_URL}dist/${url.slice(folder.length).replace(/\.ts$/, '.js')}`
}

/** Of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(`${PACKAGE_DIR}package.json`, 'utf8')) as { version: string }
  return version
}
