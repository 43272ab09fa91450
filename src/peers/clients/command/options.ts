import { z } from 'zod'
import { duration } from '../../../model/schema.ts'
import { is } from '../library.ts'

/** What may stand in a command, and the environment variable that says the same. */
export const PLACEHOLDERS = {
  host: 'HALFOPEN_HOST',
  port: 'HALFOPEN_PORT',
  keepalive: 'HALFOPEN_KEEPALIVE',
  clientid: 'HALFOPEN_CLIENTID',
  topic: 'HALFOPEN_TOPIC',
  will_topic: 'HALFOPEN_WILL_TOPIC',
  protocol: 'HALFOPEN_PROTOCOL',
} as const
export type Placeholder = keyof typeof PLACEHOLDERS

const isPlaceholder = (name: string): name is Placeholder => Object.hasOwn(PLACEHOLDERS, name)
const BRACES = /\{(\w+)\}/g

export const options = z.strictObject({
  command: z
    .string()
    .min(1)
    .superRefine((text, context) => {
      for (const [whole, name = ''] of text.matchAll(BRACES))
        if (!isPlaceholder(name))
          context.addIssue({ code: 'custom', message: `${whole} is none of ${Object.keys(PLACEHOLDERS).join(', ')}` })
    })
    .describe(`for the shell; with {${Object.keys(PLACEHOLDERS).join('}, {')}}`),
  is,
  restart: duration.exactOptional().describe('when it has ended, start it again this much later; absent: never'),
})
export type CommandOptions = z.infer<typeof options>

/** The command with its values filled in. */
export const fill = (command: string, values: Readonly<Record<Placeholder, string>>): string =>
  command.replace(BRACES, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole))
