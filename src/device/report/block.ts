/** What a report is made of, whatever it is written as. Texts are plain. */
export type Block =
  | { readonly is: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly is: 'paragraph'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly string[] }
  | { readonly is: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly is: 'lines'; readonly lines: readonly string[] }

export const heading = (level: 1 | 2 | 3, text: string): Block => ({ is: 'heading', level, text })
export const paragraph = (text: string): Block => ({ is: 'paragraph', text })
export const list = (items: readonly string[]): Block => ({ is: 'list', items })
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): Block => ({
  is: 'table',
  head,
  rows,
})
export const lines = (text: readonly string[]): Block => ({ is: 'lines', lines: text })
