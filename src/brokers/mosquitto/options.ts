import { z } from 'zod'
import { version } from '../../model/schema.ts'

/** Keys that would break the harness or that mosquitto does not have, and what to write instead. */
const REFUSED: Readonly<Record<string, string>> = {
  keepalive_timeout: 'mosquitto has no keepalive_timeout; the option that limits the keep-alive is max_keepalive',
  keepalive_interval: 'keepalive_interval belongs to a bridge, not to clients; did you mean max_keepalive?',
  listener: 'halfopen chooses the port, and puts its link in front of it',
  port: 'halfopen chooses the port, and puts its link in front of it',
  bind_address: 'halfopen listens on 127.0.0.1 only',
  user: 'mosquitto runs as the user who runs halfopen',
  pid_file: 'halfopen keeps track of the process itself',
  log_dest: 'halfopen reads the log as evidence, and sets log_dest, log_type and log_timestamp itself',
  log_type: 'halfopen reads the log as evidence, and sets log_dest, log_type and log_timestamp itself',
  log_timestamp: 'halfopen reads the log as evidence, and sets log_dest, log_type and log_timestamp itself',
}

const value = z.union([z.string().regex(/^[^\r\n]*$/, 'a value is one line'), z.number(), z.boolean()])

/** Any key of mosquitto.conf(5) with one value; mosquitto itself judges the rest, and its message is shown. */
export const options = z
  .object({
    image: z.string().min(1).exactOptional().describe('in the lab containers: the image to start; nowhere else'),
    version: version.exactOptional(),
  })
  .catchall(value)
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      const message = /^[a-z_0-9]+$/.test(key) ? REFUSED[key] : 'not a key of mosquitto.conf'
      if (message) context.addIssue({ code: 'custom', path: [key], message })
    }
  })

export type MosquittoOptions = z.infer<typeof options>
