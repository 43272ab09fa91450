import { dateWords } from '../../diagnosis/dates.ts'
import { type Diagnosis, diagnose } from '../../diagnosis/diagnose.ts'
import { diagnosisHtml } from '../../diagnosis/html.ts'
import { diagnosisJson } from '../../diagnosis/json.ts'
import { Observer } from '../../diagnosis/observe.ts'
import { reproductionOf } from '../../diagnosis/scenario.ts'
import { diagnosisText } from '../../diagnosis/text.ts'
import { many, PACKETS_LOG } from '../../diagnosis/words.ts'
import { redactText } from '../../evidence/redact.ts'
import { dialects } from '../../logs/dialects/index.ts'
import { LogReader, type ReadReport } from '../../logs/reader.ts'
import { readText, unusable } from '../../logs/report.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { saveFile } from '../../terminal/files.ts'
import { say } from '../../terminal/say.ts'
import { harmlessLines } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { indent } from '../../text/layout.ts'
import { nearest } from '../../text/nearest.ts'
import { readInto } from './log-source.ts'
import type { ReproOptions } from './options.ts'
import { writeReproduction } from './write-scenario.ts'

/** `halfopen repro --from-log`: what a log of a broker or a client says of who lost whom, and why. */
export async function tellLog(file: string, options: ReproOptions): Promise<number> {
  const observer = new Observer()
  const reader = new LogReader(dialects, event => observer.observe(event))
  await readInto(file, reader)
  const report = withoutSecrets(reader.end())
  const why = unusable(
    report,
    dialects.map(({ title }) => title),
  )
  if (why !== undefined) throw new Complaint(`error: ${file}: ${harmlessLines(why)}`, EXIT.unreadable)
  const observed = observer.finish()
  if (observed.events === 0)
    throw new Complaint(
      `error: ${file}: ${readText(report).join(' ')} No line of it tells of a connection.`,
      EXIT.unreadable,
    )
  const { clientId } = options
  if (clientId !== undefined)
    demandClient(
      file,
      clientId,
      observed.clients.map(({ id }) => id),
    )
  const diagnosis = diagnose(observed, {
    // Who names a client knows that something is wrong with it.
    atLeast: options.atLeast ?? (clientId === undefined ? 3 : 2),
    resolutionMs: report.resolutionMs,
    ...(clientId === undefined ? {} : { clientId }),
  })
  await tell(file, diagnosis, report, options)
  return EXIT.pass
}

/** What is shown of a line that was not understood holds no secret that can be told by its form. */
function withoutSecrets(report: ReadReport): ReadReport {
  const { stranger } = report
  return stranger ? { ...report, stranger: { ...stranger, text: redactText(stranger.text) } } : report
}

async function tell(file: string, diagnosis: Diagnosis, report: ReadReport, options: ReproOptions): Promise<void> {
  const scenario = reproductionOf(diagnosis)
  const { observed } = diagnosis
  const date = dateWords(report.dates)
  const span = `${many(observed.sessions, 'session')} of ${many(observed.clients.length + observed.others, 'client')}, ${date(observed.firstMs)} to ${date(observed.lastMs)}`
  const packets = observed.hasPackets
    ? ''
    : `; packets are not logged, so silences can only be guessed: ${PACKETS_LOG} tells more`
  const text = harmlessLines(`${readText(report).join('\n')}\n${span}${packets}\n\n${diagnosisText(diagnosis, date)}`)
  const wrong = await saveFile(options.html, async () => diagnosisHtml(`What ${file} says`, text, scenario))
  if (options.json) say(`${harmlessJson(diagnosisJson(diagnosis, report, scenario), 2)}\n`)
  else
    say(
      scenario
        ? `${text}\nA scenario that plays it (${scenario.cause}):\n${indent(harmlessLines(scenario.text), 2)}`
        : text,
    )
  if (options.write !== undefined) await writeReproduction(options.write, scenario, options.json)
  if (wrong.length > 0) throw new Complaint(`error: --html: ${wrong.join('; ')}`, EXIT.usage)
}

function demandClient(file: string, wanted: string, ids: readonly string[]): void {
  if (ids.includes(wanted)) return
  const near = nearest(wanted, ids)
  throw new Complaint(
    `error: ${file}: no client called '${wanted}' connects in it.${near === undefined ? '' : ` Did you mean '${near}'?`}`,
    EXIT.unreadable,
  )
}
