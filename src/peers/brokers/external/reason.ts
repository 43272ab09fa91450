/** Why a broker can't be used, in words; OpenSSL's and the system's own names are too many to know. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nobody listens there'],
  [/ENOTFOUND|EAI_AGAIN|EAI_NODATA/, 'its name is not known'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it'],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet'],
  [/ERR_TLS_CERT_ALTNAME_INVALID/, 'its certificate is for another name; `servername` says for which'],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA|INVALID_PURPOSE/,
    'its certificate is not signed by a CA that is trusted here; `ca` names one',
  ],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/,
    'it refuses TLS without a client certificate that suits it; `cert` and `key` name one',
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED|DECRYPT_ERROR)/,
    'it does not accept the client certificate',
  ],
  [/NO_APPLICATION_PROTOCOL/, 'it speaks none of the protocols of `alpn`'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO/, 'it does not speak TLS there'],
  [/Unexpected server response: (\d+)/, 'it opens no WebSocket there'],
  // The words of mqtt-packet 9.0.2 (parser.js, constants.js) about bytes that are no packet.
  [
    /^ (Invalid |Cannot parse |Unknown property|Malformed |Not supported|Packet |Connect flag )/,
    'it does not speak MQTT there',
  ],
  [/ECONNRESET|EPIPE/, 'it ends the connection at once'],
  [/connack timeout|ETIMEDOUT/, 'it does not answer in time'],
]

/** `nobody listens there (ECONNREFUSED)`. No message of a socket or of TLS has a secret in it. */
export function plainReason(error: unknown): string {
  const { message = String(error), code } = error as { message?: string; code?: string | number }
  const told = `${code ?? ''} ${message}`
  const known = REASONS.find(([pattern]) => pattern.test(told))?.[1]
  const own = typeof code === 'string' ? code : message
  return known === undefined ? message : `${known} (${own})`
}
