/** Where to, and as whom. Never printed with its password. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  /** Accept a certificate that can't be verified. */
  readonly insecure?: boolean
}

const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 }

/** `mqtt://host`, `mqtts://user:password@host:8884`; a string says what is wrong. */
export function parseTarget(text: string): Target | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const port = url && PORTS[url.protocol]
  if (!url || port === undefined || url.hostname === '') return 'it must be like mqtt://host or mqtts://host:8883'
  if (url.pathname.length > 1 || url.search !== '') return 'there is nothing after the host and its port'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? port : Number(url.port),
    tls: url.protocol === 'mqtts:',
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  }
}

export const targetName = ({ host, port, tls }: Target): string =>
  `mqtt${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`
