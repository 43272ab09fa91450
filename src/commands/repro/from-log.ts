import { dateWords } from '../../diagnosis/dates.ts'
import { type Diagnosis, diagnose } from '../../diagnosis/diagnose.ts'
import { diagnosisJson } from '../../diagnosis/diagnosis-json.ts'
import { diagnosisText } from '../../diagnosis/diagnosis-text.ts'
import { Observer } from '../../diagnosis/observe.ts'
import { reproductionOf } from '../../diagnosis/reproduction.ts'
import { redactText } from '../../evidence/redact.ts'
import { dialects } from '../../logs/dialects/index.ts'
import { LogReader, type ReadReport } from '../../logs/reader.ts'
import { packetsLog, readText, unusable } from '../../logs/report-words.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { saveReport } from '../../terminal/save-page.ts'
import { say, sayProse } from '../../terminal/say.ts'
import { harmlessLines } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { indent } from '../../text/layout.ts'
import { didYouMean } from '../../text/nearest.ts'
import { plural } from '../../text/words.ts'
import { diagnosisPage } from './diagnosis-page.ts'
import { type Expected, piecesOf, unreadable } from './input.ts'
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
    packetsLog: packetsLog(report),
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
  const span = `${plural(observed.sessions, 'session')} of ${plural(observed.clients.length + observed.others, 'client')}, ${date(observed.firstMs)} to ${date(observed.lastMs)}`
  const packets = observed.hasPackets
    ? ''
    : `; packets are not logged, so silences can only be guessed: ${packetsLog(report)} tells more`
  const text = harmlessLines(`${readText(report).join('\n')}\n${span}${packets}\n\n${diagnosisText(diagnosis, date)}`)
  const lines = [...readText(report), `${span}${packets}`]
  const wrong = await saveReport(options.html, () => ({
    page: diagnosisPage(diagnosis, { source: file, lines, date, scenario }),
  }))
  if (options.json) say(`${harmlessJson(diagnosisJson(diagnosis, report, scenario), 2)}\n`)
  else
    sayProse(
      scenario
        ? `${text}\nA scenario that plays it (${scenario.cause}):\n${indent(harmlessLines(scenario.text), 2)}`
        : text,
    )
  if (options.write !== undefined) await writeReproduction(options.write, scenario, options.json)
  if (wrong.length > 0) throw new Complaint(`error: --html: ${wrong.join('; ')}`, EXIT.inconclusive)
}

function demandClient(file: string, wanted: string, ids: readonly string[]): void {
  if (ids.includes(wanted)) return
  throw new Complaint(
    `error: ${file}: no client called '${wanted}' connects in it.${didYouMean(wanted, ids)}`,
    EXIT.unreadable,
  )
}

/** First bytes of what is no text, and what to do with it. */
const MAGIC: readonly { readonly bytes: readonly number[]; readonly what: string }[] = [
  {
    bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    what: 'it is compressed with xz: xz -dc FILE | halfopen repro --from-log -',
  },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'it is compressed with zstd: zstd -dc FILE | halfopen repro --from-log -' },
  { bytes: [0x42, 0x5a, 0x68], what: 'it is compressed with bzip2: bzip2 -dc FILE | halfopen repro --from-log -' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'it is a zip archive: unzip -p FILE | halfopen repro --from-log -' },
  {
    bytes: [0x4c, 0x50, 0x4b, 0x53, 0x48, 0x48, 0x52, 0x48],
    what: 'it is a journal of systemd: journalctl -o short-iso --file FILE | halfopen repro --from-log -',
  },
  { bytes: [0xd4, 0xc3, 0xb2, 0xa1], what: 'it is a capture of packets: halfopen repro --from-pcap FILE' },
  { bytes: [0xa1, 0xb2, 0xc3, 0xd4], what: 'it is a capture of packets: halfopen repro --from-pcap FILE' },
  { bytes: [0x4d, 0x3c, 0xb2, 0xa1], what: 'it is a capture of packets: halfopen repro --from-pcap FILE' },
  { bytes: [0x0a, 0x0d, 0x0d, 0x0a], what: 'it is a capture of packets (pcapng): halfopen repro --from-pcap FILE' },
]

const LOG: Expected = {
  what: 'a log file',
  refuseHead: head => MAGIC.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte))?.what,
}

/** What has no line of a log in so much of it is no log, and may have no end. */
const MOST_STRANGE_BYTES = 64 << 20

/** Rejects with a Complaint. */
async function readInto(file: string, reader: LogReader): Promise<void> {
  let bytes = 0
  for await (const piece of piecesOf(file, LOG)) {
    reader.push(piece)
    bytes += piece.length
    if (bytes > MOST_STRANGE_BYTES && reader.understood === 0)
      throw unreadable(file, 'none of its first 64 MB is in the words of a broker or client that halfopen knows')
  }
}
