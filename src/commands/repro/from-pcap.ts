import { CaptureReader, type CaptureReport } from '../../captures/capture.ts'
import { CaptureFacts, captureText, cutLines } from '../../captures/capture-facts.ts'
import { CaptureError } from '../../captures/segment.ts'
import { TlsKeys } from '../../captures/tls/tls-session.ts'
import { dateWords } from '../../diagnosis/dates.ts'
import { diagnose } from '../../diagnosis/diagnose.ts'
import { diagnosisText } from '../../diagnosis/diagnosis-text.ts'
import { Observer } from '../../diagnosis/observe.ts'
import { reproductionOf } from '../../diagnosis/reproduction.ts'
import type { EventSink } from '../../logs/log-event.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { saveReport } from '../../terminal/save-page.ts'
import { complain, say, sayProse } from '../../terminal/say.ts'
import { harmless, harmlessLines } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { indent } from '../../text/layout.ts'
import { plainly } from '../../text/message-of.ts'
import { readText } from '../../text/read-text.ts'
import { diagnosisPage } from './diagnosis-page.ts'
import { piecesOf, unreadable } from './input.ts'
import type { ReproOptions } from './options.ts'
import { writeReproduction } from './write-scenario.ts'

/** `halfopen repro --from-pcap`: what a capture says of each client, who broke the keep-alive's rules, and the diagnosis. */
export async function tellCapture(
  file: string,
  { clientId, atLeast, json, keylog, write, html }: ReproOptions,
): Promise<number> {
  const keys = keylog === undefined ? undefined : await keysIn(keylog)
  const facts = new CaptureFacts(clientId)
  const observer = new Observer()
  const both: EventSink = event => {
    facts.event(event)
    observer.observe(event)
  }
  const { report, damage } = await readCapture(file, both, facts, keys)
  if (damage !== undefined) complain(`halfopen: ${harmless(file)}: ${damage}; what comes before it was read\n`)
  if (report.mqtt === 0) throw new Complaint(`error: ${file}: ${nothing(report)}`, EXIT.unreadable)
  const diagnosis = diagnose(observer.finish(), {
    atLeast: atLeast ?? (clientId === undefined ? 3 : 2),
    resolutionMs: 1,
    ...(clientId === undefined ? {} : { clientId }),
  })
  const scenario = reproductionOf(diagnosis)
  const all = facts.all()
  const told = captureText(report, all, atLeast ?? 3)
  const wrong = await saveReport(html, () => ({
    page: diagnosisPage(diagnosis, {
      source: file,
      lines: told.trim().split('\n'),
      date: dateWords('full'),
      scenario,
    }),
  }))
  if (wrong.length > 0) throw new Complaint(`error: --html: ${wrong.join('; ')}`, EXIT.usage)
  if (json) {
    const { subjects, overall } = diagnosis
    say(`${harmlessJson({ halfopen: 1, capture: plain(report), ...all, overall, subjects, scenario }, 2)}\n`)
    if (write !== undefined) await writeReproduction(write, scenario, json)
    return EXIT.pass
  }
  const text = `${told}\n${diagnosisText(diagnosis, dateWords('full'))}`
  sayProse(
    harmlessLines(
      scenario ? `${text}\nA scenario that plays it (${scenario.cause}):\n${indent(scenario.text, 2)}` : text,
    ),
  )
  if (write !== undefined) await writeReproduction(write, scenario)
  return EXIT.pass
}

/** Streams a capture (`-`: standard input; `.gz`: unpacked) to its sinks; throws where it is none. */
export async function readCapture(
  file: string,
  event: EventSink,
  facts: CaptureFacts,
  keys?: TlsKeys,
): Promise<{ readonly report: CaptureReport; readonly damage: string | undefined }> {
  const reader = new CaptureReader({ event, breach: breach => facts.breach(breach) }, keys)
  try {
    for await (const piece of piecesOf(file, { what: 'a capture (pcap or pcapng)' })) reader.push(piece)
    return { report: reader.finish(), damage: undefined }
  } catch (error) {
    const report = reader.finish(true)
    if (error instanceof CaptureError && report.frames > 0) return { report, damage: error.message }
    throw error instanceof Complaint ? error : unreadable(file, plainly(error))
  }
}

/** A key log is read as a whole. Rejects with a Complaint where it can't be read, or is none. */
async function keysIn(file: string): Promise<TlsKeys> {
  const keys = new TlsKeys()
  try {
    keys.add(await readText(file, { mostBytes: MOST_KEYLOG_BYTES, encoding: 'latin1' }))
  } catch (error) {
    throw new Complaint(`error: --keylog ${file}: ${plainly(error)}`, EXIT.usage)
  }
  if (keys.count > 0) return keys
  throw new Complaint(
    `error: --keylog ${file}: no line of a TLS key log is in it (CLIENT_RANDOM or CLIENT_TRAFFIC_SECRET_0, and two numbers in hexadecimal)`,
    EXIT.usage,
  )
}

const MOST_KEYLOG_BYTES = 64 << 20

function nothing(report: CaptureReport): string {
  const { frames, tcpSegments, unknownLinks, connections } = report
  if (frames === 0) return 'no packet is in it'
  if (unknownLinks.size > 0 && tcpSegments === 0)
    return `its link type (${[...unknownLinks.keys()].join(', ')}) is not known; known are Ethernet, Linux cooked, raw IP, loopback and PPP`
  if (tcpSegments === 0) return `none of its ${frames} packets is TCP`
  return [`no MQTT is in its ${connections} TCP connections`, ...cutLines(report)].join('; ').replace(/\.$/, '')
}

const plain = (report: CaptureReport): object => ({
  ...report,
  unknownLinks: Object.fromEntries(report.unknownLinks),
  lost: Object.fromEntries(report.lost),
})
