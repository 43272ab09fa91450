import { isIP } from 'node:net'

/**
 * Why a request for this `Host` is refused; `undefined` where it is not. A web page can be made to ask us in its own name: the name
 * server of its domain says 127.0.0.1 the second time it is asked (DNS rebinding), and the browser then takes us for that site.
 * An address can't be rebound, `localhost` is the machine's own, and for any other name the user has to have said so.
 */
export function strangeHost(header: string | undefined, ownHost: string): string | undefined {
  // HTTP/1.0; no browser leaves it out.
  if (header === undefined) return undefined
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? []
  const name = (bracketed ?? plain).toLowerCase().replace(/\.$/, '')
  if (isIP(name) !== 0 || name === 'localhost' || name === ownHost.toLowerCase()) return undefined
  const remedy = name === '' ? '' : `, or start it with --listen ${name}:PORT`
  return `host not allowed: ask by an IP address or as localhost${remedy}`
}
