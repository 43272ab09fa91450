import which from 'which'
import type { Availability } from '../../../model/plugin.ts'

/** What it takes to have one; `go install` would call it `server`. */
export const REMEDY =
  'GOBIN=$PWD go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0 && mv server ~/bin/toxiproxy-server, or https://github.com/Shopify/toxiproxy/releases'

/** `HALFOPEN_TOXIPROXY_SERVER` names one, a path or a name on the PATH. */
export const findToxiproxy = async (env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> =>
  (await which(env.HALFOPEN_TOXIPROXY_SERVER || 'toxiproxy-server', { path: env.PATH ?? '', nothrow: true })) ??
  undefined

export async function toxiproxyAvailable(env: NodeJS.ProcessEnv = process.env): Promise<Availability> {
  if (await findToxiproxy(env)) return true
  const named = env.HALFOPEN_TOXIPROXY_SERVER
  return named
    ? {
        reason: `HALFOPEN_TOXIPROXY_SERVER names ${named}, and there is no such program`,
        remedy: 'unset HALFOPEN_TOXIPROXY_SERVER',
      }
    : { reason: 'toxiproxy-server is not on the PATH', remedy: REMEDY }
}
