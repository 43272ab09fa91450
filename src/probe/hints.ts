/** What to do about a probe that can't begin: by the words of its error. The first that fits; `undefined` where none does. */
export function hintFor(message: string): string | undefined {
  return HINTS.find(([words]) => words.test(message))?.[1]
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED/,
    'nothing listens there: is the broker running, and is that its port? Usual are 1883 (mqtt), 8883 (mqtts), 80 and 8080 (ws), 443 (wss)',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'the name is unknown to DNS here: a slip in the name, or a name of another network'],
  [
    /EHOSTUNREACH|ENETUNREACH/,
    'there is no route to it from here: another network, a VPN that is off, or IPv6 without a way out',
  ],
  [
    /ETIMEDOUT|no connection within/,
    'nothing answers: a firewall drops it, or the host is off; --patience waits longer',
  ],
  [
    /self.signed|unable to verify|unable to get (local )?issuer|CERT_|certificate/i,
    'its certificate can not be verified: NODE_EXTRA_CA_CERTS=ca.pem for a CA of your own, or --insecure',
  ],
  [
    /wrong version number|packet length too long|no TLS within|TLS: /i,
    'it does not speak TLS on this port as asked: try mqtt:// or ws://, or the port for TLS',
  ],
  [/HTTP (401|403)/, 'the web server in front wants to be told who asks, or does not let this in'],
  [
    /HTTP (400|404|405|426)/,
    'the WebSocket is at another path, such as ws://host/mqtt or wss://host/ws: see the proxy that is in front',
  ],
  [/HTTP (502|503|504)/, 'the proxy in front can not reach its broker'],
  [/HTTP \d|no WebSocket within|subprotocol/i, 'a web server answers, but no MQTT over WebSocket: see port and path'],
  [/CONNACK (4|5|134|135)$/, 'user or password: in the URL, or in MQTT_USERNAME and MQTT_PASSWORD'],
  [/CONNACK (2|133)$/, 'the broker takes no client id that begins with hp, or no such keep-alive'],
  [
    /closes the connection instead of sending CONNACK|ECONNRESET|closed at once/,
    'it may speak TLS (mqtts://) or WebSocket (ws://) on this port, or want a client certificate',
  ],
  [/is no MQTT broker/, 'is it the port of a web server, or TLS without mqtts://?'],
  [
    /does not answer a CONNECT/,
    'it takes the connection and says nothing: TLS without mqtts://, a proxy without its broker, or a broker that is stuck',
  ],
]
