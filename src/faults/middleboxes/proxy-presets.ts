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
    summary: 'nginx in front of MQTT over WebSocket',
    afterMs: seconds(60),
    range: 'proxy_read_timeout',
    // Its page says "does not transmit any data" of the proxied server alone. In a tunnel what the client sends counts too:
    // ngx_http_upstream_process_upgraded sets the timer anew for either direction, and nginx 1.22.1 does so on the wire.
    source:
      'nginx.org/en/docs/http/websocket.html, quoted in mqttjs/MQTT.js#1010; which bytes count: nginx 1.22.1, measured',
  },
  {
    ...PROXY,
    name: 'envoy',
    summary: 'Envoy tcp_proxy, Istio',
    afterMs: seconds(3600),
    range: 'idle_timeout; 0 is never',
    source: 'envoyproxy/envoy docs/root/faq/configuration/timeouts.rst',
  },
  {
    ...PROXY,
    name: 'envoy-wss',
    summary: 'Envoy, Istio or Contour in front of MQTT over WebSocket: the idle time-out of an HTTP stream',
    afterMs: seconds(300),
    range: 'stream_idle_timeout, per route; 0 is never',
    source: 'envoyproxy/envoy docs/root/faq/configuration/timeouts.rst: stream_idle_timeout is 5 minutes',
    unverified: 'that an upgraded WebSocket ends with a FIN',
  },
  {
    ...PROXY,
    name: 'haproxy-wss',
    summary: 'HAProxy in front of MQTT over WebSocket, with `timeout tunnel 1h` as its own examples have it',
    afterMs: seconds(3600),
    range: '`timeout tunnel`; without it timeout client and timeout server hold for WebSockets too',
    source: 'haproxy doc/configuration.txt (timeout tunnel supersedes client and server once the tunnel stands)',
    unverified: 'that 1h is usual',
  },
  {
    ...PROXY,
    name: 'traefik-wss',
    summary: 'Traefik in front of MQTT over WebSocket',
    afterMs: seconds(180),
    range: 'respondingTimeouts.idleTimeout',
    source: 'traefik/traefik#8668 (measured: 180 s), #7590',
    unverified: 'newer versions; the option was said to have no effect on WebSockets',
  },
  {
    ...PROXY,
    name: 'k8s-ingress-nginx-wss',
    summary: 'Kubernetes ingress-nginx in front of MQTT over WebSocket',
    afterMs: seconds(60),
    range: 'annotation nginx.ingress.kubernetes.io/proxy-read-timeout',
    source: 'kubernetes/ingress-nginx docs/user-guide/nginx-configuration/configmap.md: proxy-read-timeout 60 s',
  },
  {
    ...PROXY,
    name: 'k8s-ingress-nginx-tcp',
    summary: 'Kubernetes ingress-nginx, a TCP service (tcp-services-configmap)',
    afterMs: seconds(600),
    range: 'proxy-stream-timeout',
    source: 'kubernetes/ingress-nginx docs/user-guide/nginx-configuration/configmap.md: proxy-stream-timeout 600 s',
  },
]
