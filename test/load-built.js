/**
 * `node --import ./test/load-built.js PROGRAM.ts`: runs a small program of the tests, which is JavaScript but for its name, with what
 * was built of the modules in src/ that it imports. Compiling those anew for each such process would take six seconds of a processor.
 */
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

const SRC = new URL('../src/', import.meta.url).href
const DIST = new URL('../build/', import.meta.url).href

// The hooks live in a thread of their own, which loads this file again.
if (isMainThread) register(import.meta.url)

export async function resolve(specifier, context, next) {
  const url = specifier.startsWith('.') ? new URL(specifier, context.parentURL).href : specifier
  return next(url.startsWith(SRC) ? DIST + url.slice(SRC.length).replace(/\.ts$/, '.js') : specifier, context)
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  return { format: 'module', source: await readFile(fileURLToPath(url), 'utf8'), shortCircuit: true }
}
