/** What the parser of YAML has against a text, in plain words: what is wrong, and what to write. Nothing of the text is quoted. */
import type { YAMLError } from 'yaml'

type Words = readonly [message: RegExp, words: string]

const QUOTE = 'put the text in quotation marks'
const CLOSE = { map: ['{', '}'], sequence: ['[', ']'] } as const

/** By what the parser says (yaml 2.9, dist/compose/): its codes are too coarse. The first that fits. */
const WORDS: readonly Words[] = [
  [/^tabs are not allowed/i, "a tab can't indent; write spaces"],
  [/^missing closing .quote/i, 'a quotation mark is opened and never closed'],
  [
    /nested mappings are not allowed|block sequence may not be used/i,
    `a second colon in one line: ${QUOTE}, or begin a new line`,
  ],
  [/^implicit map keys need to be followed/i, 'a key without a colon and a value: write key: value'],
  [/^implicit keys .*single line/i, 'a key and its colon have to stand on one line'],
  [/within flow/i, 'inside { } and [ ] a comma is missing, or quotation marks around a colon'],
  [/^missing , /i, 'a comma is missing before this'],
  [/^missing space after :/i, 'a space is missing after the colon'],
  [/^comments must be separated/i, 'a space is missing before the #'],
  [/^sequence item without/i, 'an entry of a list begins with a dash and a space'],
  [/^all (?:mapping|sequence) items|^all collection items/i, 'what belongs together has to be indented alike'],
  [/^plain value cannot start/i, `a text can't begin with this character: ${QUOTE}`],
  [/^invalid escape sequence/i, 'an unknown sequence behind a backslash: use single quotation marks, or write \\\\'],
  [/^unexpected (?:, in|empty item)/i, 'a comma too many'],
  [/at node end$/i, `this does not go with what stands before it: ${QUOTE}, or begin a new line`],
  [/^unexpected flow-(?:map|seq)-end/i, 'a } or ] that was never opened'],
  [/^unresolved alias/i, 'an alias (*) of an anchor (&) that is not above it'],
  [/alias|anchor/i, 'an anchor (&) or alias (*) needs a name of its own, and a place before its value'],
  [/tag/i, 'a tag (!) is not read: leave it out'],
  [/indent/i, 'this line is indented otherwise than the lines that it belongs to'],
  [/block (?:scalar|collection)|blockmap/i, 'a block of lines is not allowed here, or begins with what is none'],
]

export function yamlWords({ code, message }: Pick<YAMLError, 'code' | 'message'>): string {
  if (code === 'NON_STRING_KEY') return 'a key has to be plain text'
  const [, kind] = /^flow (map|sequence) .*end with an? /i.exec(message) ?? []
  if (kind === 'map' || kind === 'sequence') {
    const [opening, closing] = CLOSE[kind]
    return `not valid YAML: a ${opening} above has no ${closing}`
  }
  const words = WORDS.find(([said]) => said.test(message))?.[1]
  return `not valid YAML: ${words ?? 'this can stand nowhere here'}`
}
