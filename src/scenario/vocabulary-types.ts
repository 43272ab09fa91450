// biome-ignore-all format: it is generated
/** Generated from the vocabulary: `npm run build`, then `npm run types`. A package with plug-ins may add to these interfaces. */
import type { DurationInput } from '../model/duration.ts'

/** The brokers by their names, with what each can be given. */
export interface BrokerOptions {
  readonly aedes: { readonly tls?: boolean | { readonly client_certificates: boolean }; readonly image?: string; readonly websocket?: boolean; readonly id?: string; readonly concurrency?: number; readonly heartbeatInterval?: number; readonly connectTimeout?: number; readonly drainTimeout?: number; readonly keepaliveLimit?: number; readonly queueLimit?: number; readonly maxInflightInbound?: number; readonly maxClientsIdLength?: number; readonly maxTopicLevels?: number }
  readonly mosquitto: { readonly image?: string; readonly version?: string; readonly binary?: string; readonly conf?: string; readonly websocket?: boolean; readonly tls?: boolean | { readonly client_certificates: boolean }; readonly acl_file?: string | number; readonly allow_anonymous?: boolean | 0 | 1; readonly allow_duplicate_messages?: boolean | 0 | 1; readonly allow_zero_length_clientid?: boolean | 0 | 1; readonly auto_id_prefix?: string | number; readonly autosave_interval?: number; readonly autosave_on_changes?: boolean | 0 | 1; readonly check_retain_source?: boolean | 0 | 1; readonly clientid_prefixes?: string | number; readonly connection_messages?: boolean | 0 | 1; readonly include_dir?: string | number; readonly log_facility?: number; readonly log_timestamp_format?: string | number; readonly max_inflight_bytes?: number; readonly max_inflight_messages?: number; readonly max_keepalive?: number; readonly max_packet_size?: number; readonly max_queued_bytes?: number; readonly max_queued_messages?: number; readonly memory_limit?: number; readonly message_size_limit?: number; readonly password_file?: string | number; readonly per_listener_settings?: boolean | 0 | 1; readonly persistence?: boolean | 0 | 1; readonly persistence_file?: string | number; readonly persistence_location?: string | number; readonly persistent_client_expiration?: string; readonly queue_qos0_messages?: boolean | 0 | 1; readonly retain_available?: boolean | 0 | 1; readonly retained_persistence?: boolean | 0 | 1; readonly set_tcp_nodelay?: boolean | 0 | 1; readonly sys_interval?: number; readonly upgrade_outgoing_qos?: boolean | 0 | 1; readonly websockets_headers_size?: number; readonly websockets_log_level?: number; readonly plugin?: string | number; readonly auth_plugin?: string | number; readonly auth_plugin_deny_special_chars?: boolean | 0 | 1; readonly max_connections?: number; readonly max_qos?: number; readonly maximum_qos?: number; readonly max_topic_alias?: number; readonly mount_point?: string | number; readonly use_username_as_clientid?: boolean | 0 | 1; readonly connection?: string | number; readonly address?: string | number; readonly addresses?: string | number; readonly topic?: string | number; readonly bridge_alpn?: string | number; readonly bridge_attempt_unsubscribe?: boolean | 0 | 1; readonly bridge_bind_address?: string | number; readonly bridge_cafile?: string | number; readonly bridge_capath?: string | number; readonly bridge_certfile?: string | number; readonly bridge_identity?: string | number; readonly bridge_insecure?: boolean | 0 | 1; readonly bridge_keyfile?: string | number; readonly bridge_max_packet_size?: number; readonly bridge_outgoing_retain?: boolean | 0 | 1; readonly bridge_protocol_version?: 'mqttv31' | 'mqttv311' | 'mqttv50'; readonly bridge_psk?: string | number; readonly bridge_require_ocsp?: boolean | 0 | 1; readonly bridge_tls_version?: string | number; readonly cleansession?: boolean | 0 | 1; readonly clientid?: string | number; readonly idle_timeout?: number; readonly local_cleansession?: boolean | 0 | 1; readonly local_clientid?: string | number; readonly local_password?: string | number; readonly local_username?: string | number; readonly notification_topic?: string | number; readonly notifications?: boolean | 0 | 1; readonly notifications_local_only?: boolean | 0 | 1; readonly password?: string | number; readonly remote_clientid?: string | number; readonly remote_password?: string | number; readonly remote_username?: string | number; readonly restart_timeout?: string | number; readonly round_robin?: boolean | 0 | 1; readonly start_type?: 'automatic' | 'lazy' | 'once'; readonly threshold?: number; readonly try_private?: boolean | 0 | 1; readonly username?: string | number; readonly global_plugin?: string | number; readonly plugin_load?: string | number; readonly enable_control_api?: boolean | 0 | 1; readonly global_max_clients?: number; readonly global_max_connections?: number; readonly packet_buffer_size?: number; readonly retain_expiry_interval?: number; readonly listener_allow_anonymous?: boolean | 0 | 1; readonly listener_auto_id_prefix?: string | number; readonly max_topic_alias_broker?: number; readonly plugin_use?: string | number; readonly bridge_ciphers?: string | number; readonly 'bridge_ciphers_tls1.3'?: string | number; readonly bridge_max_topic_alias?: number; readonly bridge_receive_maximum?: number; readonly bridge_reload_type?: 'lazy' | 'immediate'; readonly bridge_session_expiry_interval?: number; readonly bridge_tcp_keepalive?: string | number; readonly bridge_tcp_user_timeout?: number; readonly bridge_tls_use_os_certs?: boolean | 0 | 1 }
  readonly amqtt: Readonly<Record<never, never>>
  readonly artemis: { readonly serverKeepAlive?: number }
  readonly hivemq: Readonly<Record<never, never>>
  readonly mochi: { readonly serverKeepalive?: number }
  readonly moquette: Readonly<Record<never, never>>
  readonly nats: Readonly<Record<never, never>>
  readonly rabbitmq: Readonly<Record<never, never>>
  readonly 'rabbitmq-amqp': Readonly<Record<never, never>>
  readonly rumqttd: Readonly<Record<never, never>>
  readonly 'node-ws': Readonly<Record<never, never>>
  readonly 'python-websockets': Readonly<Record<never, never>>
  readonly external: { readonly url?: string; readonly url_env?: string; readonly username?: string; readonly username_env?: string; readonly password?: string; readonly password_env?: string; readonly ca?: string; readonly cert?: string; readonly key?: string; readonly passphrase_env?: string; readonly alpn?: string | readonly (string)[]; readonly servername?: string; readonly is?: string }
  readonly 'mosquitto-2.0.11': { readonly max_keepalive?: number; readonly phaseS?: number; readonly version?: string }
  readonly 'mosquitto-2.0.18': { readonly max_keepalive?: number; readonly phaseS?: number; readonly version?: string }
  readonly 'mosquitto-2.0.22': { readonly max_keepalive?: number; readonly phaseS?: number; readonly version?: string }
  readonly measured: { readonly max_keepalive?: number; readonly phaseS?: number; readonly version?: string }
}

/** The clients by their names, with what each can be given. */
export interface ClientOptions {
  readonly mqttjs: { readonly module?: string; readonly reconnect?: boolean; readonly reconnectPeriod?: number; readonly reconnectOnConnackError?: boolean; readonly connectTimeout?: number; readonly clean?: boolean; readonly resubscribe?: boolean; readonly subscribeBatchSize?: number; readonly reschedulePings?: boolean; readonly queueQoSZero?: boolean; readonly writeCache?: boolean; readonly encoding?: 'utf8' | 'utf-8' | 'latin1' | 'ascii'; readonly autoUseTopicAlias?: boolean; readonly autoAssignTopicAlias?: boolean; readonly timerVariant?: 'auto' | 'worker' | 'native'; readonly username?: string; readonly password?: string; readonly auth?: string; readonly authPacket?: { readonly reasonCode?: number; readonly properties?: { readonly authenticationMethod?: string; readonly authenticationData?: string; readonly reasonString?: string; readonly userProperties?: { readonly [name: string]: string | readonly (string)[] } } }; readonly properties?: { readonly sessionExpiryInterval?: number; readonly receiveMaximum?: number; readonly maximumPacketSize?: number; readonly topicAliasMaximum?: number; readonly requestResponseInformation?: boolean; readonly requestProblemInformation?: boolean; readonly userProperties?: { readonly [name: string]: string | readonly (string)[] }; readonly authenticationMethod?: string; readonly authenticationData?: string }; readonly key?: string | readonly (string)[]; readonly cert?: string | readonly (string)[]; readonly ca?: string | readonly (string)[]; readonly servername?: string; readonly ALPNProtocols?: readonly (string)[]; readonly wsOptions?: { readonly protocol?: string; readonly protocolVersion?: 8 | 13; readonly followRedirects?: boolean; readonly maxRedirects?: number; readonly handshakeTimeout?: number; readonly perMessageDeflate?: boolean; readonly localAddress?: string; readonly headers?: { readonly [name: string]: string }; readonly origin?: string; readonly family?: 4 | 6; readonly maxPayload?: number; readonly maxBufferedChunks?: number; readonly maxFragments?: number; readonly skipUTF8Validation?: boolean; readonly allowSynchronousEvents?: boolean; readonly autoPong?: boolean } }
  readonly command: { readonly command: string; readonly is?: string; readonly restart?: DurationInput }
  readonly driver: { readonly command: string; readonly is?: string; readonly reconnect?: boolean }
  readonly libmosquitto: { readonly reconnect?: boolean; readonly version?: string }
  readonly 'mqttjs-4': { readonly reconnect?: boolean; readonly version?: string }
  readonly 'paho-python': { readonly callback_api?: 1 | 2; readonly reconnect?: boolean; readonly version?: string }
  readonly 'paho-python-2.2': { readonly callback_api?: 1 | 2; readonly reconnect?: boolean; readonly version?: string }
  readonly hivemq: { readonly reconnect?: boolean; readonly version?: string }
  readonly 'paho-c': { readonly reconnect?: boolean; readonly version?: string }
  readonly 'paho-go': { readonly reconnect?: boolean; readonly version?: string }
  readonly 'paho-golang': { readonly reconnect?: boolean; readonly version?: string }
  readonly 'paho-java': { readonly reconnect?: boolean; readonly version?: string }
  readonly rumqttc: { readonly reconnect?: boolean; readonly version?: string }
  readonly 'mosquitto-bridge': { readonly restart_timeout?: DurationInput | { readonly base: DurationInput; readonly cap: DurationInput }; readonly cleansession?: boolean; readonly start_type?: 'automatic' | 'lazy' | 'once'; readonly try_private?: boolean; readonly max_queued_messages?: number; readonly max_inflight_messages?: number; readonly version?: string }
  readonly silent: Readonly<Record<never, never>>
  readonly amqplib: { readonly reconnect?: boolean; readonly version?: string; readonly heartbeats?: boolean }
  readonly 'node-ws': { readonly reconnect?: boolean; readonly version?: string; readonly pongs?: boolean }
  readonly 'python-websockets': { readonly reconnect?: boolean; readonly version?: string }
  readonly fleet: { readonly like: 'libmosquitto' | 'paho-python' | 'paho-python-2.2' | 'paho-c' | 'paho-go' | 'paho-java' | 'hivemq' | 'rumqttc' | 'aws-iot' | 'esp-mqtt' | 'mqttjs-4'; readonly reconnect?: boolean | { readonly first?: DurationInput; readonly factor?: number; readonly most?: DurationInput; readonly jitter?: number }; readonly rate?: number }
  readonly 'aws-iot': { readonly reconnect?: boolean; readonly version?: string }
  readonly 'esp-mqtt': { readonly reconnect?: boolean; readonly version?: string }
  readonly measured: { readonly reconnect?: boolean; readonly version?: string }
}

/** The links by their names, with what each can be given. */
export interface LinkOptions {
  readonly embedded: { readonly port?: number; readonly tls?: 'inspect'; readonly ca?: string; readonly ca_key?: string; readonly cert?: string; readonly key?: string; readonly clients_ca?: string; readonly min_version?: '1.2' | '1.3'; readonly max_version?: '1.2' | '1.3'; readonly ciphers?: string; readonly beyond_loopback?: boolean }
  readonly toxiproxy: { readonly url?: string; readonly listen?: string; readonly ports?: string; readonly tap_host?: string; readonly tap_bind?: string; readonly image?: string }
  readonly firewall: { readonly nat?: 'none' | 'masquerade' | 'remap'; readonly timer?: 'sysctl' | 'ct-timeout'; readonly client?: { readonly tcp_retries2?: number; readonly tcp_keepalive_time?: number; readonly tcp_keepalive_intvl?: number; readonly tcp_keepalive_probes?: number; readonly tcp_syn_retries?: number; readonly keepalive?: boolean; readonly user_timeout?: number }; readonly broker?: { readonly tcp_retries2?: number; readonly tcp_keepalive_time?: number; readonly tcp_keepalive_intvl?: number; readonly tcp_keepalive_probes?: number; readonly tcp_syn_retries?: number; readonly keepalive?: boolean; readonly user_timeout?: number } }
}

/** The faults by their names, with what each can be given. */
export interface FaultOptions {
  readonly blackhole: { readonly direction?: 'up' | 'down' | 'both'; readonly recovery?: 'retransmit' | 'at-once' }
  readonly 'idle-cut': 'aws-nlb' | 'aws-natgw' | 'aws-network-firewall' | 'aws-sg-nitro6' | 'aws-alb' | 'azure-lb' | 'azure-lb-tcp-reset' | 'azure-natgw' | 'azure-firewall' | 'azure-firewall-east-west' | 'gcp-vpc' | 'gcp-cloudnat' | 'oci-nlb' | 'aws-api-gateway' | 'aws-cloudfront' | 'cloudflare-wss' | 'linux-strict' | 'linux-loose' | 'linux-reject' | 'linux-masquerade' | 'ipvs' | 'cisco-asa' | 'cisco-asa-reset' | 'panos' | 'fortigate' | 'fortigate-send-rst' | 'fortigate-reset-sessionless' | 'juniper-srx' | 'f5-fastl4' | 'haproxy' | 'nginx-stream' | 'nginx-wss' | 'envoy' | 'envoy-wss' | 'haproxy-wss' | 'traefik-wss' | 'k8s-ingress-nginx-wss' | 'k8s-ingress-nginx-tcp' | 'carrier-silent' | 'carrier-rst' | 'carrier-270' | 'cgnat-rfc5382' | 'cgnat-fortigate' | 'cgnat-huawei-usg' | { readonly preset?: 'aws-nlb' | 'aws-natgw' | 'aws-network-firewall' | 'aws-sg-nitro6' | 'aws-alb' | 'azure-lb' | 'azure-lb-tcp-reset' | 'azure-natgw' | 'azure-firewall' | 'azure-firewall-east-west' | 'gcp-vpc' | 'gcp-cloudnat' | 'oci-nlb' | 'aws-api-gateway' | 'aws-cloudfront' | 'cloudflare-wss' | 'linux-strict' | 'linux-loose' | 'linux-reject' | 'linux-masquerade' | 'ipvs' | 'cisco-asa' | 'cisco-asa-reset' | 'panos' | 'fortigate' | 'fortigate-send-rst' | 'fortigate-reset-sessionless' | 'juniper-srx' | 'f5-fastl4' | 'haproxy' | 'nginx-stream' | 'nginx-wss' | 'envoy' | 'envoy-wss' | 'haproxy-wss' | 'traefik-wss' | 'k8s-ingress-nginx-wss' | 'k8s-ingress-nginx-tcp' | 'carrier-silent' | 'carrier-rst' | 'carrier-270' | 'cgnat-rfc5382' | 'cgnat-fortigate' | 'cgnat-huawei-usg'; readonly after?: DurationInput; readonly activity?: 'any-byte' | 'packet' | 'payload'; readonly refreshed_by?: 'both' | 'out' | 'in' | 'each-own'; readonly on_expiry?: 'silent' | 'rst-both' | 'fin-both'; readonly on_next?: 'drop' | 'rst-sender' | 'rst-both' | { readonly inside: 'drop' | 'rst-sender'; readonly outside: 'drop' | 'rst-sender' }; readonly scope?: 'both' | 'inbound-only'; readonly recreate?: 'none' | 'outbound' }
  readonly 'state-loss': { readonly activity?: 'any-byte' | 'packet'; readonly on_next?: 'drop' | 'rst-sender' | 'rst-both'; readonly scope?: 'both' | 'inbound-only'; readonly recreate?: 'none' | 'outbound' }
  readonly evict: { readonly sessions: number; readonly activity?: 'any-byte' | 'packet'; readonly on_next?: 'drop' | 'rst-sender' | 'rst-both' }
  readonly 'max-age': { readonly after: DurationInput; readonly on_expiry?: 'fin-both' | 'rst-both' }
  readonly draining: { readonly after?: DurationInput; readonly how?: 'fin' | 'rst' }
  readonly roam: Readonly<Record<never, never>>
  readonly rebind: Readonly<Record<never, never>>
  readonly 'interface-down': Readonly<Record<never, never>>
  readonly delay: { readonly latency: DurationInput; readonly jitter?: DurationInput; readonly direction?: 'up' | 'down' | 'both' }
  readonly bandwidth: { readonly rate: number; readonly direction?: 'up' | 'down' | 'both' }
  readonly slice: { readonly average_size: number; readonly size_variation?: number; readonly delay?: DurationInput; readonly direction?: 'up' | 'down' | 'both' }
  readonly swallow: { readonly packets?: readonly ('connect' | 'connack' | 'publish' | 'puback' | 'pubrec' | 'pubrel' | 'pubcomp' | 'subscribe' | 'suback' | 'unsubscribe' | 'unsuback' | 'pingreq' | 'pingresp' | 'disconnect' | 'auth')[]; readonly frames?: readonly ('ping' | 'pong' | 'close')[]; readonly direction?: 'up' | 'down' | 'both' }
  readonly 'stall-reads': { readonly side?: 'client' | 'broker' | 'both' }
  readonly 'slow-reads': { readonly rate: number; readonly side?: 'client' | 'broker' | 'both' }
  readonly reset: { readonly side?: 'client' | 'broker' | 'both' }
  readonly close: { readonly side?: 'client' | 'broker' | 'both' }
  readonly freeze: { readonly peer?: 'broker' | 'client' }
  readonly sleep: { readonly peer?: 'client'; readonly clocks?: 'stopped' | 'running' }
  readonly 'clock-step': { readonly peer?: 'broker' | 'client'; readonly by: string; readonly clocks?: 'wall' | 'all' }
  readonly 'clock-drift': { readonly peer?: 'broker' | 'client'; readonly percent: number }
  readonly kill: { readonly peer?: 'broker' }
  readonly 'tls-handshake': { readonly how: 'stall' | 'close' | 'reset' | 'expired' | 'not-yet-valid' | 'wrong-name' | 'unknown-ca' }
}

/** The checks by their names, with what each can be given. */
export interface CheckOptions {
  readonly 'pings-on-time': { readonly earliest?: DurationInput; readonly latest?: DurationInput }
  readonly 'broker-drops-client': { readonly earliest?: DurationInput; readonly latest?: DurationInput }
  readonly 'client-gives-up': { readonly earliest?: DurationInput; readonly latest?: DurationInput }
  readonly 'will-published': { readonly earliest?: DurationInput; readonly latest?: DurationInput }
  readonly 'stays-connected': Readonly<Record<never, never>>
  readonly reconnects: { readonly earliest?: DurationInput; readonly latest?: DurationInput }
  readonly 'messages-kept': { readonly latest?: DurationInput }
  readonly 'taken-over': { readonly earliest?: DurationInput; readonly latest?: DurationInput; readonly session?: 'present' | 'absent' }
  readonly queued: { readonly least?: number; readonly most?: number; readonly latest?: DurationInput }
  readonly 'share-kept': { readonly lost?: number; readonly swallowed?: number }
  readonly flaps: { readonly min?: number; readonly max?: number }
  readonly 'application-told': { readonly code?: number; readonly note?: string }
  readonly 'handshake-gives-up': { readonly earliest?: DurationInput; readonly latest?: DurationInput }
  readonly 'refuses-certificate': Readonly<Record<never, never>>
  readonly storm: { readonly peak?: number; readonly 'back-within'?: DurationInput }
  readonly 'wills-published': { readonly within?: DurationInput }
}

/** The labs by their names. */
export interface Labs {
  readonly local: true
  readonly simulated: true
  readonly accelerated: true
  readonly containers: true
  readonly netns: true
  readonly attached: true
}
