import type { Address } from '../../../link/kinds/link.ts'
import { placeOfKey } from './keys.ts'
import type { MosquittoOptions } from './options.ts'

/**
 * The whole mosquitto.conf. What is given replaces our own line of the same key, so `allow_anonymous: false` works.
 * Globals stand before the listener, since some of them are refused after it; what is the listener's own stands behind it.
 */
export function configText(
  { image, version, ...options }: MosquittoOptions,
  address: Address,
  asRoot: boolean,
): string {
  const settings: MosquittoOptions = {
    allow_anonymous: true,
    persistence: false,
    log_dest: 'stderr',
    log_type: 'all',
    // Lines are dated as they arrive, on the run's clock.
    log_timestamp: false,
    ...options,
    // Started by root it would become the user `mosquitto`, who can't read a directory of root's.
    ...(asRoot ? { user: 'root' } : {}),
  }
  const of = (place: ReturnType<typeof placeOfKey>) =>
    Object.entries(settings)
      .filter(([key]) => placeOfKey(key) === place)
      .map(([key, value]) => `${key} ${value}`)
  return [...of('global'), `listener ${address.port} ${address.host}`, ...of('listener'), ...of('bridge'), ''].join(
    '\n',
  )
}
