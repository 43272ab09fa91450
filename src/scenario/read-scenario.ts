import { resolve } from 'node:path'
import type { Plugin, Registry, Vocabulary } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import { harmless } from '../text/harmless.ts'
import { expandMatrix, type MatrixCell } from './matrix.ts'
import { check } from './messages.ts'
import { notPlain } from './plain.ts'
import type { Problem, ProblemText } from './problem.ts'
import { noProfiles, type Profiled, type ProfileReader, profilesOf } from './profile-shelf.ts'
import { brokenRules, commandsIn, toScale } from './rules.ts'
import { type CheckedScenario, scenarioSchema } from './scenario-schema.ts'
import { locate, type Source } from './source.ts'

export interface Reading {
  readonly scenarios: readonly Scenario[]
  readonly problems: readonly Problem[]
}

export interface ReadOptions {
  readonly profiles?: ProfileReader
  /** Refuse what runs programs. */
  readonly noCommands?: boolean
  /** Of the scenario's file, absolute: paths in it count from there. Absent: it stands in none, and they stay as they are. */
  readonly folder?: string
}

/** Keys that begin with `x-` are the author's own, a place for anchors and notes. */
function withoutNotes(written: unknown): unknown {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return written
  return Object.fromEntries(Object.entries(written).filter(([key]) => !key.startsWith('x-')))
}

/** One scenario as its author wrote it, to the scenarios that its matrix makes of it. */
export function readScenario(
  written: unknown,
  source: Source,
  vocabulary: Vocabulary,
  { profiles = noProfiles, noCommands = false, folder = '' }: ReadOptions = {},
): Reading {
  const foreign = notPlain(written)
  if (foreign.length > 0) return foreignReading(foreign, source)
  const { cells, complaints } = expandMatrix(withoutNotes(written))
  const readings = cells.map(cell => readCell(cell, source, vocabulary, { profiles, noCommands, folder }))
  return {
    scenarios: readings.flatMap(({ scenario }) => scenario ?? []),
    problems: [...place(complaints, source), ...gather(readings, source)],
  }
}

/** A scenario that is no plain data, which its reader has seen. */
export const foreignReading = (foreign: readonly ProblemText[], source: Source): Reading => ({
  scenarios: [],
  problems: place(foreign, source),
})

interface CellReading {
  readonly cell: MatrixCell
  readonly scenario?: Scenario
  readonly complaints: readonly ProblemText[]
}

function readCell(
  cell: MatrixCell,
  source: Source,
  vocabulary: Vocabulary,
  options: Required<ReadOptions>,
): CellReading {
  const checked = check(scenarioSchema(vocabulary), cell.value)
  if ('complaints' in checked) return { cell, complaints: checked.complaints }
  // As written first: a problem is told in the author's own figures.
  const forbidden = options.noCommands ? commandsIn(checked.data, vocabulary) : []
  const profiled = profilesOf(checked.data, options.profiles)
  const complaints = [...forbidden, ...brokenRules(checked.data, vocabulary), ...profiled.complaints]
  if (complaints.length > 0) return { cell, complaints }
  const scaled = toScale(withFiles(checked.data, vocabulary, options.folder), vocabulary)
  if ('complaints' in scaled) return { cell, complaints: scaled.complaints }
  return { cell, complaints, scenario: toScenario(scaled.scenario, profiled, cell, source) }
}

function toScenario(checked: CheckedScenario, profiled: Profiled, cell: MatrixCell, source: Source): Scenario {
  const { name, link, until, lab, tags = [], must, scale } = checked
  const { profile: _, ...broker } = checked.broker
  const { profile: __, ...client } = checked.client
  const positionOf = (...path: (string | number)[]) => locate(source, cell.overlays, path).position
  return {
    // Every report prints it, and a test runner takes it for a test's name.
    name: harmless(cell.label ? `${name} [${cell.label}]` : name),
    position: source.start,
    broker: { ...broker, ...(profiled.broker && { profile: profiled.broker }) },
    client: { ...client, ...(profiled.client && { profile: profiled.client }) },
    link,
    timeline: checked.timeline.map(({ at, fault, for: lasting }, index) => ({
      at,
      fault,
      ...(lasting && { for: lasting }),
      position: positionOf('timeline', index),
    })),
    expect: checked.expect.map(({ name: check, options: params }, index) => ({
      check,
      params,
      position: positionOf('expect', index),
    })),
    ...(lab && { lab }),
    ...(tags.length > 0 && { tags: [...new Set(tags)] }),
    until,
    ...(must && { must }),
    ...(scale && scale > 1 && { scale }),
  }
}

/** The same problem in every cell is one problem; one that only some cells have says which. */
function gather(readings: readonly CellReading[], source: Source): Problem[] {
  const gathered = new Map<string, { problem: Problem; inMatrix: boolean; label: string; times: number }>()
  for (const { cell, complaints } of readings)
    for (const complaint of complaints) {
      const { position, inMatrix } = locate(source, cell.overlays, complaint.path, complaint.at)
      const problem = toProblem(complaint, position, source)
      const key = `${position.line}:${position.column}:${problem.message}`
      const entry = gathered.get(key) ?? { problem, inMatrix, label: cell.label, times: 0 }
      gathered.set(key, { ...entry, times: entry.times + 1 })
    }
  return [...gathered.values()].map(({ problem, inMatrix, label, times }) =>
    inMatrix || times >= readings.length ? problem : { ...problem, message: `${problem.message} (with ${label})` },
  )
}

const place = (complaints: readonly ProblemText[], source: Source): Problem[] =>
  complaints.map(complaint => toProblem(complaint, locate(source, [], complaint.path, complaint.at).position, source))

function toProblem(
  { path, at: _, message, ...hints }: ProblemText,
  position: Problem['position'],
  source: Source,
): Problem {
  const { line, column } = source.start
  const isVague = source.vague && path.length > 0 && position.line === line && position.column === column
  const words = isVague ? `${path.join('.')}: ${message}` : message
  // Keys and values of the file are in it.
  return { position, message: harmless(words), ...hints }
}

/** The files that its broker, client and link name, as absolute paths: in the scenario they count from its own folder. */
function withFiles(scenario: CheckedScenario, vocabulary: Vocabulary, folder: string): CheckedScenario {
  if (folder === '') return scenario
  const { broker, client, link } = scenario
  return {
    ...scenario,
    broker: resolved(broker, vocabulary.brokers, folder),
    client: resolved(client, vocabulary.clients, folder),
    link: resolved(link, vocabulary.links, folder),
  }
}

type Choice = { readonly name: string; readonly options: Readonly<Record<string, unknown>> }

function resolved<C extends Choice>(choice: C, plugins: Registry<Plugin>, folder: string): C {
  const { files = [] } = plugins.get(choice.name) ?? {}
  const each = ([key, value]: [string, unknown]) =>
    [key, files.includes(key) && typeof value === 'string' ? resolve(folder, value) : value] as const
  return { ...choice, options: Object.fromEntries(Object.entries(choice.options).map(each)) }
}
