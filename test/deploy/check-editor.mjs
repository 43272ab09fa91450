// Asks yaml-language-server, which editors use, about a scenario: what it offers, what it tells of a key, what it marks. Once by the line
// that `halfopen init` writes, once by the entry for SchemaStore's catalogue (deploy/schemastore.json).
//   npm install --prefix DIR yaml-language-server@2.0.0 && node test/deploy/check-editor.mjs DIR
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [, , modules = '.'] = process.argv
const schema = pathToFileURL(fileURLToPath(new URL('../../halfopen.schema.json', import.meta.url))).href
const entry = JSON.parse(readFileSync(new URL('../../deploy/schemastore.json', import.meta.url), 'utf8'))
const server = spawn(process.execPath, [
  join(modules, 'node_modules/yaml-language-server/bin/yaml-language-server'),
  '--stdio',
])
const limit = setTimeout(() => {
  console.error('the language server did not answer in 60 s')
  server.kill()
  process.exit(1)
}, 60_000)

const waiting = new Map()
const marks = new Map()
let buffer = Buffer.alloc(0)
server.stdout.on('data', chunk => {
  buffer = Buffer.concat([buffer, chunk])
  for (;;) {
    const end = buffer.indexOf('\r\n\r\n')
    const length = Number(/Content-Length: (\d+)/.exec(buffer.subarray(0, end).toString())?.[1])
    if (end < 0 || buffer.length < end + 4 + length) return
    const message = JSON.parse(buffer.subarray(end + 4, end + 4 + length).toString())
    buffer = buffer.subarray(end + 4 + length)
    take(message)
  }
})
const settings = {
  yaml: {
    schemas: { [schema]: entry.fileMatch.map(match => `**/${match}`) },
    schemaStore: { enable: false },
    hover: true,
    completion: true,
    validate: true,
  },
}
function take(message) {
  if (message.method === 'textDocument/publishDiagnostics') marks.get(message.params.uri)?.(message.params.diagnostics)
  else if (message.method === 'workspace/configuration')
    send({ id: message.id, result: message.params.items.map(({ section }) => settings[section] ?? null) })
  else if (message.method && message.id !== undefined) send({ id: message.id, result: null })
  else if (message.id !== undefined) waiting.get(message.id)?.(message.result)
}
function send(message) {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message })
  server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
}
let last = 0
const ask = (method, params) =>
  new Promise(resolve => {
    last++
    waiting.set(last, resolve)
    send({ id: last, method, params })
  })
const tell = (method, params) => send({ method, params })

/** Opens it, and asks at the first `|`, which is taken out. */
async function at(name, marked, method) {
  const before = marked.slice(0, marked.indexOf('|'))
  const uri = `file:///project/${name}`
  const diagnostics = new Promise(resolve => marks.set(uri, resolve))
  tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text: marked.replace('|', '') } })
  const position = { line: before.split('\n').length - 1, character: before.length - before.lastIndexOf('\n') - 1 }
  return {
    answer: await ask(`textDocument/${method}`, { textDocument: { uri }, position }),
    diagnostics: await diagnostics,
  }
}

const modeline = `# yaml-language-server: $schema=${schema}\n`
const head = 'name: x\nbroker: aedes\nclient: { name: mqttjs, keepalive: 2s }\n'
try {
  await ask('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { configuration: true },
      textDocument: { completion: {}, hover: {}, publishDiagnostics: {} },
    },
  })
  tell('initialized', {})
  tell('workspace/didChangeConfiguration', { settings })

  for (const [name, line] of [
    ['plain.yaml', modeline],
    ['my.halfopen.yaml', ''],
  ]) {
    const checks = await at(`a-${name}`, `${line}${head}until: 9s\nexpect:\n  - |\n`, 'completion')
    const labels = checks.answer.items.map(({ label }) => label)
    assert.ok(labels.includes('client-gives-up') && labels.includes('broker-drops-client'), `${name} offers ${labels}`)
    const keys = await at(`b-${name}`, `${line}${head}|\n`, 'completion')
    for (const key of ['timeline', 'expect', 'until', 'matrix'])
      assert.ok(
        keys.answer.items.some(({ label }) => label === key),
        key,
      )
    const told = await at(`c-${name}`, `${line}${head}un|til: 9s\nexpect: [stays-connected]\n`, 'hover')
    assert.ok(JSON.stringify(told.answer?.contents ?? '').length > 30, `hover: ${JSON.stringify(told.answer)}`)
    assert.deepEqual(told.diagnostics, [])
    const wrong = await at(`d-${name}`, `${line}${head}until: 9s\nexpect: [stay|s-conected]\nfoo: 1\n`, 'hover')
    assert.ok(wrong.diagnostics.length >= 2, `marks: ${JSON.stringify(wrong.diagnostics)}`)
  }
  console.log('yaml-language-server offers, explains and marks, by the line of init and by the catalogue entry')
} finally {
  clearTimeout(limit)
  server.kill()
}
