// ws in one of its two parts: `serve HOST PORT`, or else a client.
import { createRequire } from 'node:module'

const [what] = process.argv.slice(2)
if (what === '--version') console.log(createRequire(import.meta.url)('ws/package.json').version)
else await import(what === 'serve' ? './server.mjs' : './driver.mjs')
