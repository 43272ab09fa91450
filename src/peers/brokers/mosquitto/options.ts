import { z } from 'zod'
import { refused, version } from '../../../model/schema.ts'
import { KEYS } from './keys.ts'

const OURS = 'halfopen chooses where mosquitto listens, and puts its link in front of it'
const LOG = 'halfopen reads the log as evidence, and sets log_dest, log_type and log_timestamp itself'
const TLS =
  'halfopen speaks plain MQTT with the mosquitto that it starts; one with TLS is `broker: { name: external, url: mqtts://... }`'
const GONE = 'mosquitto ignores it since 2.0'

/** Keys that would break the harness or that mosquitto does not have, and what to write instead. */
export const REFUSED_BY_MOSQUITTO: Readonly<Record<string, string>> = {
  keepalive_timeout: 'mosquitto has no keepalive_timeout; the option that limits the keep-alive is max_keepalive',
  keepalive_interval: 'keepalive_interval belongs to a bridge, not to clients; did you mean max_keepalive?',
  listener: OURS,
  port: OURS,
  bind_address: OURS,
  bind_interface: OURS,
  socket_domain: OURS,
  protocol: 'halfopen speaks plain MQTT with the mosquitto that it starts',
  http_dir: OURS,
  enable_proxy_protocol: OURS,
  proxy_protocol_v2_require_tls: OURS,
  websockets_origin: 'halfopen speaks plain MQTT with the mosquitto that it starts',
  user: 'mosquitto runs as the user who runs halfopen',
  pid_file: 'halfopen keeps track of the process itself',
  log_dest: LOG,
  log_type: LOG,
  log_timestamp: LOG,
  retry_interval: GONE,
  dhparamfile: GONE,
  ...Object.fromEntries(
    [
      'cafile',
      'capath',
      'certfile',
      'keyfile',
      'crlfile',
      'ciphers',
      'ciphers_tls1.3',
      'tls_version',
      'tls_engine',
      'tls_engine_kpass_sha1',
      'tls_keyform',
      'require_certificate',
      'disable_client_cert_date_checks',
      'use_identity_as_username',
      'use_subject_as_username',
      'psk_file',
      'psk_hint',
    ].map(key => [key, TLS]),
  ),
}

const optional = <S extends Record<string, z.ZodType>>(shape: S) =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.exactOptional()])) as {
    [K in keyof S]: z.ZodExactOptional<S[K]>
  }

const value = z.union([z.string().regex(/^[^\r\n]*$/, 'a value is one line'), z.number(), z.boolean()])

/** The keys of mosquitto.conf(5), each with one value. What else there is has to look like an option of a plug-in (`furtherKeys`). */
export const options = z
  .object({
    image: z.string().min(1).exactOptional().describe('in the lab containers: the image to start; nowhere else'),
    version: version.exactOptional(),
    ...optional(KEYS),
    ...refused(REFUSED_BY_MOSQUITTO),
  })
  .catchall(value)

/** Another value of a key that its own schema has not seen is one of a plug-in. */
export type MosquittoOptions = Readonly<Record<string, string | number | boolean | undefined>> & {
  readonly image?: string
  readonly version?: string
}
