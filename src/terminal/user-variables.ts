/** Variables of the environment that a user sets: a slip in one would otherwise do nothing, in silence. */
import { distance } from 'fastest-levenshtein'
import { nearest } from '../text/nearest.ts'
import { wrongVariable } from './exit.ts'
import { complain } from './say.ts'

const PREFIX = 'HALFOPEN_'
/** Letters off; two names of one family, such as `TOXIPROXY_SERVER` and `TOXIPROXY_PYTHON`, are further apart. */
const SLIPS = 2

/** As docs/environment.md has them, without the prefix. */
export const VARIABLES: readonly string[] = [
  'REQUIRE',
  'NO_COMMANDS',
  'KEEP',
  'MOSQUITTO',
  'FAKETIME',
  'TOXIPROXY_SERVER',
  'TOXIPROXY_URL',
  'BROKER_URL',
  'BROKER_USER',
  'BROKER_PASSWORD',
  'BROKER_CA',
  'BROKER_CERT',
  'BROKER_KEY',
  'BROKER_PASSPHRASE',
  'ATTACH',
  'IMAGE_MOSQUITTO',
  'IMAGE_AEDES',
  'IMAGE_TOXIPROXY',
  'TAP_HOST',
  'TAP_BIND',
  'SHARD_INDEX',
  'SHARD_TOTAL',
  'SWARM_SLOT',
  'PEERS',
]

/** Complains of a value that means nothing; tells of a name that is probably misspelt, since others may use the prefix too. */
export function checkVariables(env: NodeJS.ProcessEnv): void {
  const { HALFOPEN_REQUIRE: require = '' } = env
  if (require !== '' && require !== 'all') throw wrongVariable('HALFOPEN_REQUIRE', require, "'all'")
  for (const note of misspelt(env)) complain(`halfopen: ${note}\n`)
}

export function misspelt(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.keys(env).flatMap(name => {
    const rest = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : ''
    if (rest === '' || VARIABLES.includes(rest)) return []
    const near = nearest(rest, VARIABLES)
    return near === undefined || distance(rest, near) > SLIPS
      ? []
      : [`${name} means nothing here; did you mean ${PREFIX}${near}?`]
  })
}
