/** Run as a process of its own by the tests: plays a scenario file in the lab netns and prints what came of it, a line of JSON each. */
import { run } from '../../../src/engine/run.ts'
import { judge } from '../../../src/judge/judge.ts'
import { allowed } from '../../../src/labs/netns/allowed.ts'
import { checks, faults, openLab, vocabulary } from '../../../src/plugins.ts'
import { loadScenarios } from '../../../src/scenario/load.ts'

const lab = openLab('netns')
const { scenarios, problems } = await loadScenarios(process.argv.slice(2), vocabulary, { cwd: process.cwd() })
if (problems.length > 0) throw new Error(JSON.stringify(problems))
const answer = await allowed()
console.log(JSON.stringify({ uid: process.getuid?.(), ...answer }))
await Promise.all(
  scenarios.map(async (scenario, index) => {
    const evidence = await run(scenario, lab, faults, { seed: 1, runId: `h${process.pid.toString(36)}${index}` })
    console.log(JSON.stringify({ verdict: judge(evidence, checks), evidence }))
  }),
)
await lab[Symbol.asyncDispose]()
