import { z } from 'zod'
import { refused, version, websocket } from '../../../model/schema.ts'
import { type TlsChoice, tls } from '../program/broker-tls.ts'

/**
 * The keys of mosquitto.conf that a scenario may set, and of which kind their values are: src/conf.c of Mosquitto,
 * config__read_file_core, in 2.0.11 and as of 2.1 (commit 000b577), and mosquitto.conf(5).
 */

/** `conf__parse_bool` takes true, false, 1 and 0. */
const flag = z.union([z.boolean(), z.literal([0, 1])])
const INT_MAX = 0x7fff_ffff
const whole = (from = 0, to = INT_MAX) => z.int().min(from).max(to)
const twoBytes = whole(0, 0xffff)
/** The whole of the rest of a line. */
const line = z.union([
  z
    .string()
    .min(1)
    .regex(/^[^\r\n]*$/, 'a value is one line'),
  z.number(),
])

/** Before the listener: they hold for the whole broker. */
const GLOBAL = {
  acl_file: line,
  allow_anonymous: flag,
  allow_duplicate_messages: flag,
  allow_zero_length_clientid: flag,
  auto_id_prefix: line,
  autosave_interval: whole(),
  autosave_on_changes: flag,
  check_retain_source: flag,
  clientid_prefixes: line,
  connection_messages: flag,
  include_dir: line,
  log_facility: whole(0, 7),
  log_timestamp_format: line,
  max_inflight_bytes: whole(),
  max_inflight_messages: twoBytes,
  max_keepalive: twoBytes,
  max_packet_size: whole(20),
  max_queued_bytes: whole(),
  max_queued_messages: whole(),
  memory_limit: z.int().min(0),
  message_size_limit: whole(0, 268_435_455),
  password_file: line,
  per_listener_settings: flag,
  persistence: flag,
  persistence_file: line,
  persistence_location: line,
  persistent_client_expiration: z
    .string()
    .regex(/^[1-9]\d*[shdwmy]$/, 'this is a number with one of the units s, h, d, w, m (months) and y, like 2w'),
  queue_qos0_messages: flag,
  retain_available: flag,
  retained_persistence: flag,
  set_tcp_nodelay: flag,
  sys_interval: twoBytes,
  upgrade_outgoing_qos: flag,
  websockets_headers_size: twoBytes,
  websockets_log_level: whole(),
  plugin: line,
  auth_plugin: line,
  auth_plugin_deny_special_chars: flag,
} as const

/** Behind the listener, or the broker would open another one at port 1883 for them. */
const LISTENER = {
  max_connections: whole(-1),
  max_qos: whole(0, 2),
  maximum_qos: whole(0, 2),
  max_topic_alias: twoBytes,
  mount_point: line,
  use_username_as_clientid: flag,
} as const

/** Of a bridge to another broker, which `connection` begins. */
const BRIDGE = {
  connection: line,
  address: line,
  addresses: line,
  topic: line,
  bridge_alpn: line,
  bridge_attempt_unsubscribe: flag,
  bridge_bind_address: line,
  bridge_cafile: line,
  bridge_capath: line,
  bridge_certfile: line,
  bridge_identity: line,
  bridge_insecure: flag,
  bridge_keyfile: line,
  bridge_max_packet_size: whole(),
  bridge_outgoing_retain: flag,
  bridge_protocol_version: z.enum(['mqttv31', 'mqttv311', 'mqttv50']),
  bridge_psk: line,
  bridge_require_ocsp: flag,
  bridge_tls_version: line,
  cleansession: flag,
  clientid: line,
  idle_timeout: whole(1),
  local_cleansession: flag,
  local_clientid: line,
  local_password: line,
  local_username: line,
  notification_topic: line,
  notifications: flag,
  notifications_local_only: flag,
  password: line,
  remote_clientid: line,
  remote_password: line,
  remote_username: line,
  restart_timeout: line,
  round_robin: flag,
  start_type: z.enum(['automatic', 'lazy', 'once']),
  threshold: whole(1),
  try_private: flag,
  username: line,
} as const

/** Mosquitto 2.0.11 knows none of these. */
const LATER = {
  global_plugin: line,
  plugin_load: line,
  enable_control_api: flag,
  global_max_clients: whole(-1),
  global_max_connections: whole(-1),
  packet_buffer_size: twoBytes,
  retain_expiry_interval: whole(1),
} as const
const LATER_LISTENER = {
  listener_allow_anonymous: flag,
  listener_auto_id_prefix: line,
  max_topic_alias_broker: twoBytes,
  plugin_use: line,
} as const
const LATER_BRIDGE = {
  bridge_ciphers: line,
  'bridge_ciphers_tls1.3': line,
  bridge_max_topic_alias: twoBytes,
  bridge_receive_maximum: whole(1, 0xffff),
  bridge_reload_type: z.enum(['lazy', 'immediate']),
  bridge_session_expiry_interval: whole(),
  bridge_tcp_keepalive: line,
  bridge_tcp_user_timeout: whole(),
  bridge_tls_use_os_certs: flag,
} as const

export const KEYS = {
  ...GLOBAL,
  ...LISTENER,
  ...BRIDGE,
  ...LATER,
  ...LATER_LISTENER,
  ...LATER_BRIDGE,
} as const

/** Where in the file a key has to stand. */
export function placeOfKey(key: string): 'global' | 'listener' | 'bridge' {
  if (Object.hasOwn(LISTENER, key) || Object.hasOwn(LATER_LISTENER, key)) return 'listener'
  return Object.hasOwn(BRIDGE, key) || Object.hasOwn(LATER_BRIDGE, key) ? 'bridge' : 'global'
}

/** `plugin_opt_NAME` and `auth_opt_NAME` are handed on to the plug-in: it defines their names, mosquitto does not. */
export const PLUGIN_OPTION = /^(?:plugin|auth)_opt_\w+$/

/** The keys that Mosquitto 2.0.11 and older do not know. */
export const KEYS_AFTER_2_0_11: readonly string[] = Object.keys({ ...LATER, ...LATER_LISTENER, ...LATER_BRIDGE })

const OURS = 'halfopen chooses where mosquitto listens, and puts its link in front of it'
const LOG = 'halfopen reads the log as evidence, and sets log_dest, log_type and log_timestamp itself'
const TLS =
  'halfopen makes the certificates itself: `tls: true`, or `tls: { client_certificates: true }`; with yours it is `broker: { name: external, url: mqtts://... }`'
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
  protocol: 'halfopen chooses it; over WebSockets is `websocket: true`',
  http_dir: OURS,
  enable_proxy_protocol: OURS,
  proxy_protocol_v2_require_tls: OURS,
  websockets_origin: OURS,
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
    binary: z
      .string()
      .min(1)
      .exactOptional()
      .describe('the mosquitto to start, by its path; absent: HALFOPEN_MOSQUITTO, or the one on the PATH'),
    conf: z
      .string()
      .min(1)
      .exactOptional()
      .describe(
        'a mosquitto.conf of your own; where it listens, its certificates and its log stay ours, and the keys beside this one win',
      ),
    websocket,
    tls,
    ...optional(KEYS),
    ...refused(REFUSED_BY_MOSQUITTO),
  })
  .catchall(value)

/** Another value of a key that its own schema has not seen is one of a plug-in. */
export type MosquittoOptions = MosquittoKeys & {
  readonly image?: string
  readonly version?: string
  readonly binary?: string
  readonly conf?: string
  readonly tls?: TlsChoice
}

export type MosquittoKeys = Readonly<Record<string, unknown>>
