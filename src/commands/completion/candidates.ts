import type { Argument, Command, Option } from 'commander'

/** A word that may stand there, and what it means. */
export interface Candidate {
  readonly word: string
  readonly about: string
}

/** The names that an option takes, by the option's own long name. */
export type ValuesOf = (option: string) => readonly string[]

/**
 * What may stand in the place of the last of the words, which is what has been typed of it. Empty where files are meant, or anything.
 * Pure.
 */
export function candidates(root: Command, words: readonly string[], valuesOf: ValuesOf): readonly Candidate[] {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const command = commandIn(root, before)
  const options = [...(command?.options ?? []), ...root.options].filter(({ hidden }) => !hidden)
  const asked = options.find(option => takesValue(option) && isCalled(option, before.at(-1) ?? ''))
  if (asked) return startingWith(typed, values(asked, valuesOf))
  if (typed.startsWith('-')) return startingWith(typed, options.flatMap(optionWords))
  if (command === undefined) return startingWith(typed, commandWords(root))
  return startingWith(typed, argumentWords(command.registeredArguments, valuesOf))
}

/** The first word that is no option and no option's value. */
function commandIn(root: Command, words: readonly string[]): Command | undefined {
  const names = words.filter((word, i) => {
    const option = root.options.find(each => takesValue(each) && isCalled(each, words[i - 1] ?? ''))
    return !word.startsWith('-') && option === undefined
  })
  return root.commands.find(command => command.name() === names[0])
}

const takesValue = (option: Option): boolean => option.required || option.optional
const isCalled = ({ long, short }: Option, word: string): boolean => word !== '' && (word === long || word === short)

const values = (option: Option, valuesOf: ValuesOf): Candidate[] =>
  (option.argChoices ?? valuesOf(option.long ?? '')).map(word => ({ word, about: '' }))

const optionWords = ({ long, short, description }: Option): Candidate[] =>
  [long, short].flatMap(word => (word === undefined || word === null ? [] : [{ word, about: firstOf(description) }]))

const commandWords = (root: Command): Candidate[] => [
  ...root
    .createHelp()
    .visibleCommands(root)
    .map(command => ({ word: command.name(), about: firstOf(command.description()) })),
]

const argumentWords = (args: readonly Argument[], valuesOf: ValuesOf): Candidate[] =>
  args.flatMap(argument => argument.argChoices ?? valuesOf(argument.name())).map(word => ({ word, about: '' }))

/** A shell shows one short line. */
const firstOf = (text: string): string => text.split(/[;:\n(]/)[0]?.trim() ?? ''

const startingWith = (typed: string, all: readonly Candidate[]): readonly Candidate[] => {
  const found = all.filter(({ word }) => word.startsWith(typed))
  return [...new Map(found.map(each => [each.word, each])).values()]
}
