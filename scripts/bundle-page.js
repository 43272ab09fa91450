// Makes the script and the style that every page of halfopen carries in itself: dist/pages/page.js and page.css.
import { join } from 'node:path'
import { build } from 'vite'

const ROOT = join(import.meta.dirname, '..')

await build({
  configFile: false,
  root: join(ROOT, 'src/pages/client'),
  logLevel: 'warn',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    outDir: join(ROOT, 'dist/pages'),
    emptyOutDir: false,
    target: 'es2022',
    lib: { entry: 'main.tsx', formats: ['iife'], name: 'halfopenPage', fileName: () => 'page.js', cssFileName: 'page' },
  },
  define: { 'process.env.NODE_ENV': '"production"' },
})
