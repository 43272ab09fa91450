/**
 * What comes from outside (a client id, a peer's note, a broker's log, a scenario's name, a file's name, a figure in
 * somebody's JSON) is shown by halfopen on terminals, in CI's logs, in files. There it must show, and do nothing else:
 *
 * - control characters (C0, DEL, C1) move cursors, clear screens, set titles, paste into shells;
 * - marks of direction (Unicode TR 9; "Trojan Source", CVE-2021-42574) let a text read otherwise than it is;
 * - a new line begins a line that halfopen never wrote;
 * - workflow commands (`::error::` of GitHub, `##[...]` and `##vso[...]` of Azure, `##teamcity[...]`) are obeyed by the CI that
 *   reads the log.
 *
 * Each such character is shown as U+FFFD, one for one, so that columns stay where they are; new lines are one space.
 * `harmless` is the one way for all of it; the characters that are special in one format only (HTML, Markdown, CSV) are
 * escaped where that format is written.
 */

const REPLACEMENT = '\ufffd'

const LINE_ENDS = /[\n\t\v\f\r\u0085\u2028\u2029]+/g
const OTHER_LINE_ENDS = /[\v\f\r\u0085\u2028\u2029]/g
const STEERING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g
/** Half a pair is no character, and breaks what is encoded of it. */
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
/** Invisible letters, one for each of ASCII. */
const TAGS = /\udb40[\udc00-\udc7f]/g
// GitHub's runner trims the line before it looks: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
const GITHUB_COMMANDS = /(?<=^|\s):(?=:[\w-]+(?:::|\s))/gm
const OTHER_COMMANDS = /#(?=#(?:\[|[a-z]+\[))/gi

/** Texts in a value of plain data made harmless, keys too; each is one line. What is no plain data stays as it is. */
export function harmless<T>(value: T): T {
  return made(value) as T
}

function made(value: unknown): unknown {
  if (typeof value === 'string') return line(value)
  if (Array.isArray(value)) return value.map(made)
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [line(key), made(item)]))
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

const line = (text: string): string => still(text.replace(LINE_ENDS, ' '))

/** The same for a text of several lines, whose `\n` and tabs are its own. */
export const harmlessLines = (text: string): string => still(text.replace(/\r\n/g, '\n').replace(OTHER_LINE_ENDS, ' '))

/** What steers nothing, and has the lines that it had. */
const still = (text: string): string =>
  text
    .replace(STEERING, REPLACEMENT)
    .replace(LONE_SURROGATES, REPLACEMENT)
    .replace(TAGS, REPLACEMENT.repeat(2))
    .replace(GITHUB_COMMANDS, REPLACEMENT)
    .replace(OTHER_COMMANDS, REPLACEMENT)

/** What is special in one format only. What comes from outside is made `harmless` first, whatever it is written as. */

/** Of an element or of an attribute in double quotes, in HTML, SVG and XML. */
export const forMarkup = (text: string): string => text.replace(/[&<>"']/g, char => MARKUP[char] ?? char)

const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Within a line of GitHub's Markdown, where a backslash takes its meaning from any sign (CommonMark 0.31 §2.4). */
export const forMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]<>|~$&]/g, '\\$&')

/** The same where the text opens its line: there it could be a heading, a list or a rule. */
export const forMarkdownLine = (text: string): string => forMarkdown(text).replace(/^(\s*)(?=[#+=-])/, '$1\\')

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts: what is behind the second `::`, and before it. */
export const forWorkflow = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
export const forWorkflowProperty = (text: string): string =>
  forWorkflow(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** For csv-stringify: a cell that a spreadsheet would take for a formula gets a `'` before it (OWASP, "CSV injection"). */
export const CSV_OPTIONS = {
  escape_formulas: true,
  // A figure below zero is none.
  cast: { number: (value: number) => ({ value: String(value), escape_formulas: false }) },
}
