import { fileURLToPath } from 'node:url'
import { createJiti, type Jiti } from 'jiti'

/** The tests run the sources, which Node reads only once they are built. */
const OWN_CODE = import.meta.url.endsWith('.ts') ? '../../dist/' : '../'
const own = (file: string): string => fileURLToPath(new URL(`${OWN_CODE}${file}.js`, import.meta.url))

/**
 * Loads a project's own modules, TypeScript too. `halfopen` means this very copy, so that they also load where it is not installed
 * (`npx halfopen run`).
 */
export const projectLoader = (folder: string): Jiti =>
  createJiti(folder.replace(/\/?$/, '/'), {
    fsCache: false,
    interopDefault: false,
    alias: { halfopen: own('index'), 'halfopen/vitest': own('vitest/index') },
  })
