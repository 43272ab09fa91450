/**
 * Slips of a command line that no command can do anything with, told before anything is begun, all at once: an option that is given
 * nothing (`--html "$UNSET"`), a report where a folder is, two reports in one file, a report over a file that is read.
 */
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import { type Command, Option } from 'commander'
import { Complaint, EXIT } from './exit.ts'

/** An option that names a file or a folder that halfopen writes. `<dir>` in its flags says which. */
class OutputOption extends Option {
  get isFolder(): boolean {
    return this.flags.includes('<dir>')
  }
}

export const output = (flags: string, description: string): OutputOption => new OutputOption(flags, description)

export const isOutput = (option: Option): option is OutputOption => option instanceof OutputOption

/** Complains of all slips of a command that was read. */
export function refuseSlips(command: Command): void {
  const given = givenTo(command)
  const slips = [...emptyOnes(given), ...misplaced(given), ...shared(given)]
  if (slips.length > 0) throw new Complaint(slips.map(slip => `error: ${slip}`).join('\n'), EXIT.usage)
}

/** One text of the command line, and what it was given to. */
interface Given {
  readonly to: string
  readonly text: string
  readonly option?: Option
}

function givenTo(command: Command): readonly Given[] {
  const options = command.options.flatMap(option => {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') return []
    return textsIn(command.getOptionValue(name)).map(text => ({ to: option.long ?? option.flags, text, option }))
  })
  return [...options, ...textsIn(command.args).map(text => ({ to: 'an argument', text }))]
}

const textsIn = (value: unknown): readonly string[] => [value].flat().filter(each => typeof each === 'string')

const emptyOnes = (given: readonly Given[]): readonly string[] =>
  given
    .filter(({ text }) => text.trim() === '')
    .map(({ to, option }) => {
      const what = /<[^<>]{1,80}>/.exec(option?.flags ?? '')?.[0]
      return `${to} is empty: ${what === undefined ? 'leave it out' : `give ${what}, or leave it out`} (is a variable not set?)`
    })

const outputsOf = (given: readonly Given[]) =>
  given.flatMap(({ to, text, option }) =>
    option && isOutput(option) && text.trim() !== '' ? [{ to, text, isFolder: option.isFolder }] : [],
  )

/** What is there already, and is of the other kind; and `-`, which other tools take for standard output. */
function misplaced(given: readonly Given[]): readonly string[] {
  return outputsOf(given).flatMap(({ to, text, isFolder }) => {
    if (text === '-') return [`${to} -: a report goes to a file; name one (/dev/stdout is standard output)`]
    const kind = kindOf(text)
    if (isFolder && kind === 'file') return [`${to} ${text}: it is a file; name a folder`]
    return !isFolder && kind === 'folder'
      ? [`${to} ${text}: it is a folder; name a file, such as ${example(text, to)}`]
      : []
  })
}

const example = (folder: string, option: string): string => join(folder, `report.${option.replace(/^--/, '')}`)

/** Files that two options name, or that are read: the later would take away what the earlier wrote, or what the user has. */
function shared(given: readonly Given[]): readonly string[] {
  const outputs = outputsOf(given).filter(({ text, isFolder }) => !isFolder && text !== '-' && kindOf(text) !== 'other')
  const read = given.filter(({ option, text }) => text.trim() !== '' && (!option || isInput(option)))
  return outputs.flatMap(({ to, text }, index) => {
    const place = placeOf(text)
    const twin = outputs.slice(0, index).find(earlier => placeOf(earlier.text) === place)
    const source = read.find(each => isReadFrom(place, each.text))
    return [
      ...(twin ? [`${twin.to} and ${to} name the same file, ${text}: give each its own`] : []),
      ...(source ? [`${to} ${text}: this file is read, and would be lost; name another`] : []),
    ]
  })
}

const isInput = (option: Option): boolean => option.flags.includes('<file>') && !isOutput(option)

/** In a folder that is read: what halfopen reads there, and no page or report that lies beside it. */
const SOURCES: ReadonlySet<string> = new Set(['.yaml', '.yml', '.ts', '.js', '.mts', '.mjs', '.ndjson'])

function isReadFrom(place: string, source: string): boolean {
  const from = placeOf(source)
  if (place === from) return true
  return kindOf(place) === 'file' && SOURCES.has(extname(place)) && place.startsWith(`${from}${sep}`)
}

/** One name for one file, whatever links lead to it; also where it is not there yet. */
function placeOf(path: string): string {
  const whole = resolve(path)
  try {
    return realpathSync(whole)
  } catch {
    const folder = dirname(whole)
    return folder === whole ? whole : join(placeOf(folder), basename(whole))
  }
}

function kindOf(path: string): 'file' | 'folder' | 'other' | undefined {
  try {
    const found = statSync(path)
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  } catch {
    return undefined
  }
}
