import { type Middlebox, PROXY, seconds } from './middlebox.ts'

/** They end both TCP connections themselves, so the embedded link, which does the same, is their natural home. */
export const proxies: readonly Middlebox[] = [
  {
    ...PROXY,
    name: 'haproxy',
    summary: "HAProxy in TCP mode with Debian's configuration",
    afterMs: seconds(50),
    range: 'any; without a configuration there is none',
    refreshedBy: 'each-own',
    source: 'haproxy doc/configuration.txt (timeout client, timeout server)',
    unverified: 'the 50 s of the Debian package',
  },
  {
    ...PROXY,
    name: 'nginx-stream',
    summary: 'nginx stream proxy',
    afterMs: seconds(600),
    range: 'proxy_timeout',
    source: 'nginx.org ngx_stream_proxy_module',
  },
  {
    ...PROXY,
    name: 'nginx-wss',
    summary: 'nginx in front of MQTT over WebSocket: counts what the broker says only',
    afterMs: seconds(60),
    range: 'proxy_read_timeout',
    refreshedBy: 'in',
    source: 'nginx.org/en/docs/http/websocket.html, quoted in mqttjs/MQTT.js#1010',
  },
  {
    ...PROXY,
    name: 'envoy',
    summary: 'Envoy tcp_proxy, Istio',
    afterMs: seconds(3600),
    range: 'idle_timeout; 0 is never',
    source: 'envoyproxy/envoy docs/root/faq/configuration/timeouts.rst',
  },
]
