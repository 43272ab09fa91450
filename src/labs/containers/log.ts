import { readLines } from '../../processes/program-lines.ts'
import type { Runtime } from './runtime.ts'

/** What a container that has ended said last, in one line. */
export async function lastWords({ client }: Runtime, name: string): Promise<string> {
  const stream = await client.container.logs(client.container.getById(name), { follow: false, tail: 3 })
  const lines: string[] = []
  await new Promise<void>(resolve => {
    readLines(stream, line => lines.push(line.trim()))
    stream.once('close', resolve).once('end', resolve)
  })
  return lines.filter(line => line !== '').join(' ') || 'it said nothing'
}
