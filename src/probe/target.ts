import { parseBrokerUrl, placeName } from '../links/url.ts'

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

/** `mqtt://host`, `mqtts://user:password@host:8884`; a string says what is wrong. */
export function parseTarget(text: string): Target | string {
  const place = parseBrokerUrl(text)
  if (typeof place === 'string') return place
  const { scheme, username, password } = place.access
  if (scheme !== 'mqtt' && scheme !== 'mqtts') return 'it must be like mqtt://host or mqtts://host:8883'
  return {
    ...place.address,
    tls: scheme === 'mqtts',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}

export const targetName = ({ host, port, tls }: Target): string =>
  placeName({ address: { host, port }, access: { scheme: tls ? 'mqtts' : 'mqtt' } })
