import { advise } from '../../advise/advise.ts'
import { lint } from '../../advise/lint.ts'
import { adviceText, findingLines } from '../../advise/text.ts'
import { indent, shortPath, wrap } from '../../reporters/layout.ts'
import { Complaint, EXIT } from '../exit.ts'
import { keepaliveSeconds, milliseconds } from '../lengths.ts'
import { middleboxNamed } from '../middlebox.ts'
import { type ReadScenarios, readScenarios } from '../run/choose.ts'
import { complain, say } from '../say.ts'

export interface AdviseOptions {
  readonly keepalive?: string
  readonly idle?: string
  readonly middlebox?: string
  readonly brokerMax?: string
  readonly mqtt: string
}

/** `halfopen advise`: of one keep-alive, or of scenarios. Its exit code. */
export async function adviseAll(files: readonly string[], options: AdviseOptions): Promise<number> {
  if (options.keepalive === undefined && files.length === 0)
    throw new Complaint('error: advise needs --keepalive, or scenario files', EXIT.usage)
  return options.keepalive === undefined ? lintAll(await readScenarios(files)) : adviseOne(options.keepalive, options)
}

function adviseOne(keepalive: string, { idle, middlebox, brokerMax, mqtt }: AdviseOptions): number {
  if (mqtt !== '4' && mqtt !== '5') throw new Complaint('error: --mqtt: 4 or 5', EXIT.usage)
  if (idle !== undefined && middlebox !== undefined)
    throw new Complaint('error: --idle and --middlebox say the same; give one', EXIT.usage)
  const idleMs =
    middlebox !== undefined
      ? middleboxNamed(middlebox).afterMs
      : idle === undefined
        ? undefined
        : milliseconds('--idle', idle)
  const advice = advise({
    keepaliveS: keepaliveSeconds('--keepalive', keepalive),
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(brokerMax === undefined ? {} : { brokerMaxS: keepaliveSeconds('--broker-max', brokerMax) }),
    protocol: mqtt === '5' ? 5 : 4,
  })
  say(adviceText(advice))
  return advice.level === 'fail' ? EXIT.failed : EXIT.pass
}

const WIDTH = 110

function lintAll({ scenarios, unreadable }: ReadScenarios): number {
  const found = scenarios.map(scenario => ({ scenario, findings: lint(scenario) }))
  const told = found.filter(({ findings }) => findings.length > 0)
  for (const { scenario, findings } of told) {
    const place = `${shortPath(scenario.position.file, process.cwd())}:${scenario.position.line}`
    const lines = findingLines(findings).map(line => indent(wrap(line, WIDTH).join('\n        '), 2))
    say(`${place}  ${scenario.name}\n${lines.join('\n')}\n`)
  }
  const failed = told.filter(({ findings }) => findings.some(({ level }) => level === 'fail')).length
  say(`${scenarios.length} scenarios, ${failed} of them with a keep-alive that does not suit\n`)
  if (unreadable !== undefined) complain(unreadable)
  return failed > 0 ? EXIT.failed : unreadable === undefined ? EXIT.pass : EXIT.unreadable
}
