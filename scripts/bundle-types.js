// One file of declarations for each entry of the package, so that what users see is the API and nothing behind it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateDtsBundle } from 'dts-bundle-generator'

const root = join(import.meta.dirname, '..')
const entries = ['index', 'vitest/index']

const bundles = generateDtsBundle(
  entries.map(entry => ({
    filePath: join(root, 'src', `${entry}.ts`),
    output: { noBanner: true, exportReferencedTypes: false, inlineDeclareExternals: entry.startsWith('vitest') },
  })),
  { preferredConfigPath: join(root, 'tsconfig.build.json') },
)
for (const [number, entry] of entries.entries()) {
  const file = join(root, 'dist', `${entry}.d.ts`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bundles[number])
}
