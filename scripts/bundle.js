// Makes dist/ out of what tsc wrote to build/: few files instead of some 850, since every process that halfopen starts loads them, and
// opening and linking a module costs Node more than running it. Packages stay outside: they are installed.
//
// An entry is a module that something outside of the bundle names: the package's exports and its command, and every module that our own
// code names by `new URL('./module.ts', import.meta.url)` (programs, and what is loaded in another process), and each plug-in that says
// `home: import.meta.url`. So nothing is listed here, and a module that moves needs no change.
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { transform } from 'esbuild'
import { rollup } from 'rollup'
import { minify } from 'terser'

const ROOT = join(import.meta.dirname, '..')
const BUILD = join(ROOT, 'build')
const DIST = join(ROOT, 'dist')
const NEW = join(BUILD, 'dist')

const OWN_MODULE = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+)\.[tj]s\1,\s*import\.meta\.url\s*\)/g
const HOME = /\bhome: import\.meta\.url\b/

const nameOf = file => relative(BUILD, file).split(sep).join('/').replace(/\.js$/, '')

const compiled = readdirSync(BUILD, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.js'))
  .map(path => join(BUILD, path))
const texts = new Map(compiled.map(file => [file, readFileSync(file, 'utf8')]))
const ownModule = (file, path) => `${resolve(dirname(file), path)}.js`
const named = compiled
  .flatMap(file => [...texts.get(file).matchAll(OWN_MODULE)].map(([, , path]) => ownModule(file, path)))
  .filter(file => texts.has(file))
const homes = compiled.filter(file => HOME.test(texts.get(file)))
const entries = new Set([
  ...['index', 'vitest/index', 'cli/main'].map(name => join(BUILD, `${name}.js`)),
  ...named,
  ...homes,
])

/** In the place of an entry's URL comes the one that it has in dist. */
const urls = {
  name: 'urls-of-own-modules',
  transform(code, id) {
    const changed = code.replace(OWN_MODULE, (whole, _quote, path) => {
      const file = ownModule(id, path)
      if (!entries.has(file)) return whole
      // An entry already, so this only refers to it.
      const entry = this.emitFile({ type: 'chunk', id: file, name: nameOf(file) })
      return `new URL(import.meta.ROLLUP_FILE_URL_${entry})`
    })
    return changed === code ? null : { code: changed, map: null }
  },
}

/**
 * Without the room between words, and with short names of what lives inside of functions only: a sixth of a package. Functions, classes and
 * all that stands at the top of a module keep their names, so that a user's stack trace can be read.
 */
const dense = {
  name: 'dense',
  async renderChunk(code) {
    const { code: tight } = await transform(code, {
      format: 'esm',
      target: 'node20',
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'none',
    })
    const short = await minify(tight, {
      compress: false,
      // A module, whose own names stay.
      module: false,
      mangle: { toplevel: false, keep_fnames: true, keep_classnames: true },
      parse: { module: true },
    })
    return { code: short.code, map: null }
  },
}

const bundle = await rollup({
  input: Object.fromEntries([...entries].map(file => [nameOf(file), file])),
  external: id => !/^[./]/.test(id) && !id.startsWith(BUILD),
  // A plug-in's home has to hold the plug-in itself, not pass it on from elsewhere.
  preserveEntrySignatures: 'allow-extension',
  plugins: [urls, dense],
  onwarn(warning) {
    // TypeScript's own helper for `using` asks for a `this` that a module has not.
    if (warning.code === 'THIS_IS_UNDEFINED') return
    throw new Error(`${warning.code}: ${warning.message}`)
  },
})
/** Small modules that import nothing but Node share a file: it can't be part of a circle, and loads at once. */
const SMALL_CHARACTERS = 2500
function manualChunks(id, { getModuleInfo }) {
  const { isEntry, code, importedIds } = getModuleInfo(id)
  const isSmall = code !== null && code.length < SMALL_CHARACTERS && !code.includes('import.meta')
  return !isEntry && isSmall && importedIds.every(each => each.startsWith('node:')) ? 'small' : undefined
}

// One folder deep, as src/model/package.ts is, which finds the package's own folder by `../../`.
const names = { entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js' }
await bundle.write({ dir: NEW, format: 'es', ...names, manualChunks })
await bundle.close()
// Two steps that take no time: a command may be starting right now.
rmSync(DIST, { recursive: true, force: true })
renameSync(NEW, DIST)
// As npm makes it when the package is installed: in a clone npx runs this file itself.
chmodSync(join(DIST, 'cli', 'main.js'), 0o755)
