import type { Look } from '../../reporters/reporter.ts'
import { styleFor } from '../../reporters/reporter.ts'
import { say } from '../../terminal/say.ts'
import { currentLook } from '../../terminal/terminal.ts'
import { hang } from '../../text/layout.ts'
import { type Finding, TOOLS, type Tool } from './tools.ts'

export interface Examined {
  readonly tool: Tool
  readonly finding: Finding
}

/** `halfopen doctor`: always a report, never a verdict, so it exits with 0. */
export async function examine({ json }: { readonly json?: boolean }): Promise<void> {
  const examined = await Promise.all(TOOLS.map(async tool => ({ tool, finding: await tool.examine() })))
  say(json ? `${JSON.stringify(examined.map(asJson), null, 2)}\n` : doctorText(examined, currentLook()))
}

const asJson = ({ tool, finding }: Examined) => ({
  name: tool.name,
  for: tool.for,
  remedy: tool.remedy,
  ...finding,
})

export function doctorText(examined: readonly Examined[], { width, color }: Pick<Look, 'width' | 'color'>): string {
  const style = styleFor(color)
  const blocks = examined.map(({ tool, finding }) => {
    if (finding.usable) return hang(`${style.green('ok')}  ${tool.name}  `, `${finding.detail}, for ${tool.for}`, width)
    return [
      hang(`${style.yellow('--')}  ${tool.name}  `, `${finding.reason}; needed for ${tool.for}`, width),
      hang('      to add it:  ', finding.remedy ?? tool.remedy, width),
    ].join('\n')
  })
  const usable = examined.filter(({ finding }) => finding.usable).length
  const end =
    usable === examined.length ? 'All of it is usable here.' : 'What is missing is skipped by name; the rest runs.'
  return `${blocks.join('\n')}\n\n${end}\n`
}
