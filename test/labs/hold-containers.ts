/** Run as a process of its own by the tests: opens a scenario in the lab containers, says so, and waits to be killed. */
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { containers } from '../../src/labs/containers.ts'
import { peers } from '../../src/plugins.ts'
import { scenarioOf, step } from '../engine/scenarios.ts'

const lab = containers.create(peers)
const scenario = scenarioOf({ timeline: [step('1s', 'freeze')], until: '600s' })
const admission = await lab.admits(scenario)
console.log(admission === true ? 'playing' : JSON.stringify(admission))
const evidence = await run(scenario, lab, faults, { seed: 1, runId: `hold${process.pid}`.slice(0, 10) })
console.log(JSON.stringify(evidence.events.filter(({ who }) => who === 'harness')))
