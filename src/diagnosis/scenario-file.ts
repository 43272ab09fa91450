/** Longer than this nobody waits at a terminal. */
const SHORT_MS = 120_000

/** What a scenario file is made of: YAML values, as they are written. */
export interface ScenarioParts {
  readonly why: string
  readonly name: string
  readonly broker?: string
  readonly client: string
  readonly timeline: readonly string[]
  readonly expect: string
  readonly untilS: number
  /** Where only a real process can be treated so. */
  readonly realTime?: boolean
}

/** In virtual time where it takes long, unless only a real process can be treated so. */
export function scenarioFile({
  why,
  name,
  broker = 'aedes',
  client,
  timeline,
  expect,
  untilS,
  realTime = false,
}: ScenarioParts): string {
  const isLong = untilS * 1000 > SHORT_MS && !realTime
  return `${[
    `# ${why}`,
    `name: ${name}`,
    `broker: ${broker}`,
    `client: ${client}`,
    ...(timeline.length > 0 ? ['timeline:', ...timeline.map(line => `  - ${line}`)] : []),
    `expect: [${expect}]`,
    ...(isLong ? ['lab: simulated'] : realTime ? ['lab: local'] : []),
    `until: ${untilS}s`,
  ].join('\n')}\n`
}
