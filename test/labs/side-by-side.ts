import type { Lab } from '../../src/labs/lab.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'

/** Every scenario that comes with the package and is not for another lab. */
export async function bundledScenarios(lab: string): Promise<readonly Scenario[]> {
  const { scenarios, problems } = await loadScenarios(['scenarios'], vocabulary, { cwd: process.cwd() })
  if (problems.length > 0) throw new Error(problems.map(problem => problem.message).join('\n'))
  return scenarios.filter(scenario => !scenario.lab || scenario.lab.includes(lab))
}

/** Those that this lab can play here; the lab is ended. */
export async function admittedBy(lab: Lab, scenarios: readonly Scenario[]): Promise<readonly Scenario[]> {
  const admitted = await Promise.all(scenarios.map(async scenario => (await lab.admits(scenario)) === true))
  await lab[Symbol.asyncDispose]()
  return scenarios.filter((_, index) => admitted[index])
}

/** `name (file)` with the cell of the matrix, since several may have one name. */
export const titleOf = ({ name, broker, client }: Scenario): string =>
  `${name} [${broker.name}, MQTT ${client.protocol === 5 ? '5.0' : '3.1.1'}]`
