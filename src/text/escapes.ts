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
