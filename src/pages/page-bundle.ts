import { readFile } from 'node:fs/promises'
import { PACKAGE_DIR } from '../model/package.ts'
import type { PageBundle } from './page-html.ts'

/** Built by scripts/bundle-page.js. */
export async function pageBundle(): Promise<PageBundle> {
  const read = (name: string) => readFile(`${PACKAGE_DIR}dist/pages/${name}`, 'utf8')
  const [script, style] = await Promise.all([read('page.js'), read('page.css')])
  return { script, style }
}
