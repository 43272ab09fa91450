import { z } from 'zod'
import { identityProblem } from '../../../scenario/peer-identity.ts'
import { brokerFamilies } from '../../../timing/profiles/brokers.ts'
import { parseBrokerUrl } from '../../reach/url.ts'

const text = z.string().min(1)
const variable = z.string().regex(/^[A-Za-z_]\w*$/, { error: 'this is the name of an environment variable' })

/** A secret stands in the environment rather than in a file: `password_env: MY_PASSWORD`. */
export const options = z
  .strictObject({
    url: z
      .string()
      .superRefine((url, context) => {
        const place = parseBrokerUrl(url)
        if (typeof place === 'string')
          context.addIssue({ code: 'custom', message: `not the URL of a broker: ${place}` })
      })
      .exactOptional()
      .describe('mqtt://, mqtts://, ws:// or wss://; user and password may stand in it'),
    url_env: variable.exactOptional().describe('the environment variable that holds the URL'),
    username: text.exactOptional(),
    username_env: variable.exactOptional().describe('the environment variable that holds the user name'),
    password: text.exactOptional(),
    password_env: variable.exactOptional().describe('the environment variable that holds the password'),
    ca: text
      .exactOptional()
      .describe("PEM file of the CA that signed the broker's certificate; absent: the system's CAs"),
    cert: text.exactOptional().describe("PEM file of the client's certificate"),
    key: text.exactOptional().describe('PEM file of its key'),
    passphrase_env: variable.exactOptional().describe("the environment variable that holds the key's passphrase"),
    alpn: z
      .union([text, z.array(text).min(1)])
      .exactOptional()
      .describe('protocols for ALPN, in order of preference'),
    servername: text.exactOptional().describe("the name that the broker's certificate is for; absent: the URL's host"),
    is: text
      .superRefine((is, context) => {
        const problem = identityProblem(is, 'broker', brokerFamilies(), 'mosquitto 2.0.22')
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
      })
      .exactOptional()
      .describe('what it is, such as mosquitto 2.0.22: then its profile gives the windows'),
  })
  .superRefine((given, context) => {
    for (const { path, message } of contradictions(given)) context.addIssue({ code: 'custom', path: [path], message })
  })

export type ExternalOptions = z.infer<typeof options>

const TLS_KEYS = ['ca', 'cert', 'key', 'passphrase_env', 'alpn', 'servername'] as const

function contradictions(given: Readonly<Record<string, unknown>>): { path: string; message: string }[] {
  const has = (name: string) => given[name] !== undefined
  const twice = ['url', 'username', 'password'].filter(name => has(name) && has(`${name}_env`))
  const place = typeof given.url === 'string' ? parseBrokerUrl(given.url) : undefined
  const scheme = typeof place === 'object' ? place.access.scheme : undefined
  const bare = scheme === 'mqtt' || scheme === 'ws' ? TLS_KEYS.filter(has) : []
  return [
    ...(has('url') || has('url_env') ? [] : [{ path: 'url', message: '"url" is missing: where the broker is' }]),
    ...twice.map(path => ({ path, message: `"${path}" and "${path}_env" say the same: leave one out` })),
    ...bare.map(path => ({
      path,
      message: `"${path}" belongs to TLS, and ${scheme}:// has none; did you mean ${scheme}s://?`,
    })),
    ...(scheme === 'wss' && has('alpn')
      ? [{ path: 'alpn', message: 'a WebSocket has an ALPN of its own; "alpn" is for mqtts://' }]
      : []),
    ...(has('cert') && !has('key') ? [{ path: 'cert', message: '"cert" needs its "key"' }] : []),
    ...(has('key') && !has('cert') ? [{ path: 'key', message: '"key" needs its "cert"' }] : []),
    ...(has('passphrase_env') && !has('key')
      ? [{ path: 'passphrase_env', message: '"passphrase_env" needs a "key"' }]
      : []),
  ]
}
