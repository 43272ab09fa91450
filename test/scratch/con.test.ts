import { test } from 'vitest'
import { local } from '../../src/labs/local.ts'
import { containers } from '../../src/labs/containers.ts'
import { peers } from '../../src/plugins.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { bundledScenarios, differences, titleOf, trial } from '../labs/side-by-side.ts'

test('compare', async () => {
  const scenarios = (await bundledScenarios('local')).filter(s => !process.env.GREP || `${s.name} ${s.position.file}`.includes(process.env.GREP))
  const lab = local.create(peers)
  const con = containers.create(peers)
  console.log(await containers.available())
  const t0 = performance.now()
  const results = await Promise.all(scenarios.map(async s => {
    const [a, b] = await Promise.all([trial(s, lab), trial(s, con)])
    return { s, a, b }
  }))
  const t1 = performance.now()
  await con[Symbol.asyncDispose]()
  console.log('figures', Math.round(t1 - t0), Math.round(performance.now() - t1))
  await lab[Symbol.asyncDispose]()
  mkdirSync('/tmp/cmp', { recursive: true })
  for (const { s, a, b } of results) {
    const d = differences(a, b, sc => 50 + (sc.broker.name === 'mosquitto' ? 6000 : 0))
    console.log(d.length || b.skipped ? 'DIFF' : 'same', titleOf(s), s.position.file, a.verdict?.result, b.verdict?.result ?? b.skipped, (a.verdict?.outcomes ?? []).map((o, i) => `${o.check} ${o.afterMs} ${b.verdict?.outcomes[i]?.afterMs}`).join(' | '), d.map(x => x.what).join(' ;; '))
    if (a.evidence && b.evidence) for (const [n, e] of [['a', a.evidence], ['b', b.evidence]] as const) writeFileSync(`/tmp/cmp/${s.position.file.replace(/.*scenarios./, '').replace(/\W/g, '_')}.${n}.ndjson`, [e.header, ...e.events].map(x => JSON.stringify(x)).join('\n'))
  }
}, 90000)
