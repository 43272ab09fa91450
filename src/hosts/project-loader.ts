import { fileURLToPath } from 'node:url'
import { createJiti, type Jiti } from 'jiti'

const own = (file: string): string =>
  fileURLToPath(new URL(`../${file}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

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
