import { type AxisTexts, readAxes } from '../../../src/commands/compare/axes.ts'
import { eachCell } from '../../../src/commands/compare/cell.ts'
import type { CellResult, Comparison, ComparisonSettings } from '../../../src/commands/compare/comparison.ts'
import { playCell } from '../../../src/commands/compare/play-cell.ts'
import type { QuietCells } from '../../../src/commands/compare/quiet-cells.ts'
import { openLab, peers } from '../../../src/plugins.ts'

export const SETTINGS: ComparisonSettings = { lab: 'simulated', seed: 7, phases: 5, forMs: 3_600_000, quick: false }

const NAMES = { brokers: [...peers.brokers.keys()], clients: [...peers.clients.keys()] }

/** A small comparison, played here and now in the simulated lab. */
export async function compared(
  texts: AxisTexts,
  given: Partial<ComparisonSettings> = {},
  quiet?: QuietCells,
): Promise<Comparison> {
  const { axes, problems } = readAxes(texts, NAMES)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const settings = { ...SETTINGS, ...given }
  const lab = openLab(settings.lab)
  const cells = [...eachCell(axes)]
  const played = []
  for (const cell of cells) played.push(await playCell(cell, { lab, peers, settings, ...(quiet && { quiet }) }))
  const version = (name: string) => ({
    version: '1.0.0',
    ...(name === 'mqttjs' || name === 'aedes' ? {} : { model: true as const }),
  })
  return {
    comparison: 1,
    halfopen: '0.1.0',
    node: 'v20.20.2',
    started: '2030-01-01T00:00:00.000Z',
    settings,
    axes,
    shard: null,
    cells: cells.length,
    partial: false,
    clients: Object.fromEntries(axes.client.map(name => [name, version(name)])),
    brokers: Object.fromEntries(axes.broker.map(name => [name, version(name)])),
    results: played.map(({ result }) => result),
    leftOut: [],
  }
}

export const resultsOf = async (
  texts: AxisTexts,
  given?: Partial<ComparisonSettings>,
  quiet?: QuietCells,
): Promise<readonly CellResult[]> => (await compared(texts, given, quiet)).results
