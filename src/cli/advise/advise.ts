import { advise, type Question } from '../../advise/advise.ts'
import { lint } from '../../advise/lint.ts'
import { adviceText, findingLines } from '../../advise/text.ts'
import { type ReadScenarios, readScenarios } from '../../terminal/choose.ts'
import { Complaint, EXIT, unknownName } from '../../terminal/exit.ts'
import { keepaliveSeconds, milliseconds } from '../../terminal/options.ts'
import { anyBoxNamed } from '../../terminal/profiles.ts'
import { complain, say } from '../../terminal/say.ts'
import { indent, shortPath, wrap } from '../../text/layout.ts'
import { brokerFamilies } from '../../timing/profiles/brokers.ts'
import { clientFamilies } from '../../timing/profiles/clients.ts'
import { type ManagedBroker, managedBrokers } from '../../timing/profiles/managed.ts'
import { pingFamilies } from '../../timing/profiles/pings.ts'

export interface AdviseOptions {
  readonly keepalive?: string
  readonly idle?: string
  readonly middlebox?: string
  readonly client?: string
  readonly broker?: string
  readonly brokerMax?: string
  readonly brokerMin?: string
  readonly mqtt: string
}

/** `halfopen advise`: of one keep-alive, or of scenarios. Its exit code. */
export async function adviseAll(files: readonly string[], options: AdviseOptions): Promise<number> {
  if (options.keepalive === undefined && files.length === 0)
    throw new Complaint('error: advise needs --keepalive, or scenario files', EXIT.usage)
  return options.keepalive === undefined ? lintAll(await readScenarios(files)) : adviseOne(options.keepalive, options)
}

function adviseOne(keepalive: string, options: AdviseOptions): number {
  const managed = options.broker === undefined ? undefined : managedBrokers.get(options.broker)
  const advice = advise(questionOf(keepalive, options, managed))
  say(`${managed ? `${sourceLines(managed)}\n` : ''}${adviceText(advice)}`)
  return advice.level === 'fail' ? EXIT.failed : EXIT.pass
}

function questionOf(keepalive: string, options: AdviseOptions, managed: ManagedBroker | undefined): Question {
  const { idle, middlebox, mqtt, client, broker } = options
  if (mqtt !== '4' && mqtt !== '5') throw new Complaint('error: --mqtt: 4 or 5', EXIT.usage)
  if (idle !== undefined && middlebox !== undefined)
    throw new Complaint('error: --idle and --middlebox say the same; give one', EXIT.usage)
  const clients = [...new Set([...clientFamilies(), ...pingFamilies()])]
  if (client !== undefined && !clients.includes(client)) throw unknownName('--client', client, clients)
  const families = brokerFamilies()
  if (broker !== undefined && !managed && !families.includes(broker))
    throw unknownName('--broker', broker, [...managedBrokers.keys(), ...families])
  const protocol = mqtt === '5' ? 5 : 4
  if (managed && !managed.protocols.includes(protocol))
    throw new Complaint(`error: --mqtt: ${managed.summary} speaks MQTT 3.1.1 only`, EXIT.usage)
  const box = middlebox === undefined ? undefined : anyBoxNamed(middlebox)
  const preset = box && 'afterMs' in box ? box.afterMs : undefined
  const idleMs = idle === undefined ? preset : milliseconds('--idle', idle)
  const limits = limitsOf(options, managed)
  return {
    keepaliveS: keepaliveSeconds('--keepalive', keepalive),
    protocol,
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(box?.maxAgeMs === undefined ? {} : { maxAgeMs: box.maxAgeMs }),
    ...(client === undefined ? {} : { client }),
    ...(broker === undefined ? {} : { brokerFamily: managed ? (managed.family ?? null) : broker }),
    ...(managed ? { broker: { name: managed.summary, overMost: overMostOf(managed) } } : {}),
    ...limits,
  }
}

/** Nothing documented is no reason to call a keep-alive safe. */
const overMostOf = ({ overMost }: ManagedBroker) => (overMost === 'taken-as-most' ? overMost : 'refused-or-cut')

/** What is given on the command line goes before what is documented. */
function limitsOf(
  { brokerMax, brokerMin }: AdviseOptions,
  managed: ManagedBroker | undefined,
): Pick<Question, 'brokerMinS' | 'brokerMaxS'> {
  const most = brokerMax === undefined ? managed?.mostS : seconds('--broker-max', brokerMax)
  const least = brokerMin === undefined ? managed?.leastS : seconds('--broker-min', brokerMin)
  if (most !== undefined && least !== undefined && least > most)
    throw new Complaint(
      `error: --broker-min: ${least} s is more than the longest that the broker allows, ${most} s`,
      EXIT.usage,
    )
  return { ...(most === undefined ? {} : { brokerMaxS: most }), ...(least === undefined ? {} : { brokerMinS: least }) }
}

/** A limit of 0 would be none, which is said by leaving it out. */
function seconds(option: string, text: string): number {
  const s = keepaliveSeconds(option, text)
  if (s === 0)
    throw new Complaint(`error: ${option}: it must be at least 1s; leave it out where there is no limit`, EXIT.usage)
  return s
}

function sourceLines({ summary, source, read, unverified }: ManagedBroker): string {
  const lines = [`${summary}: ${source} (read ${read})`, ...(unverified ? [`unverified: ${unverified}`] : [])]
  return `${lines.flatMap(line => wrap(line, WIDTH)).join('\n')}\n`
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
