import { readFileSync } from 'node:fs'
import { dateWords } from '../../src/diagnosis/dates.ts'
import { type Diagnosis, diagnose } from '../../src/diagnosis/diagnose.ts'
import { diagnosisText } from '../../src/diagnosis/diagnosis-text.ts'
import { Observer } from '../../src/diagnosis/observe.ts'
import { dialects } from '../../src/logs/dialects/index.ts'
import { LogReader, type ReadReport } from '../../src/logs/reader.ts'

export interface Diagnosed {
  readonly diagnosis: Diagnosis
  readonly report: ReadReport
  readonly text: string
}

/** What the command says of a log, without its files. */
export function diagnosed(log: string | Buffer, options: { atLeast?: number; clientId?: string } = {}): Diagnosed {
  const observer = new Observer()
  const reader = new LogReader(dialects, event => observer.observe(event))
  reader.push(Buffer.from(log))
  const report = reader.end()
  const diagnosis = diagnose(observer.finish(), { atLeast: 3, resolutionMs: report.resolutionMs, ...options })
  return { diagnosis, report, text: diagnosisText(diagnosis, dateWords(report.dates)) }
}

export const FIELD = `${import.meta.dirname}/../fixtures/field`
export const fieldLog = (name: string): Buffer => readFileSync(`${FIELD}/${name}`)

/** The causes of a client, the likeliest first; of the only one where none is named. */
export function rankingOf({ diagnosis }: Diagnosed, id?: string): readonly string[] {
  const subject = id === undefined ? diagnosis.subjects[0] : diagnosis.subjects.find(({ ids }) => ids.includes(id))
  return subject?.ranking.map(({ cause }) => cause) ?? []
}

/** Those that can't be told apart from the first, itself included. */
export function firstOf({ diagnosis }: Diagnosed, id?: string): readonly string[] {
  const subject = id === undefined ? diagnosis.subjects[0] : diagnosis.subjects.find(({ ids }) => ids.includes(id))
  return subject?.ranking.slice(0, subject.tied).map(({ cause }) => cause) ?? []
}

export const ruledOutOf = ({ diagnosis }: Diagnosed): readonly string[] =>
  diagnosis.subjects.flatMap(({ ruledOut }) => ruledOut.map(({ cause }) => cause))

/** Bounds of the idle time-out, of the first subject that has one among its first causes. */
export function boundsOf({ diagnosis }: Diagnosed, id?: string) {
  const subject = id === undefined ? diagnosis.subjects[0] : diagnosis.subjects.find(({ ids }) => ids.includes(id))
  return subject?.ranking.find(({ bounds }) => bounds !== undefined && bounds.length > 0)?.bounds?.[0]
}
