import { targetsFrom } from '../../labs/attached/targets.ts'
import { Complaint, EXIT } from '../exit.ts'
import type { RunOptions } from './options.ts'

/** The lab to play in. What is attached goes into the environment, since the scenarios are played in a thread of their own. */
export function labFor({ lab, attach, brokerUrl, toxiproxy }: RunOptions): string | undefined {
  const given = {
    HALFOPEN_ATTACH: attach,
    HALFOPEN_BROKER_URL: brokerUrl?.join(','),
    HALFOPEN_TOXIPROXY_URL: toxiproxy,
  }
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  if (named.length === 0) return lab
  if (lab !== undefined && lab !== 'attached')
    throw new Complaint(`error: --lab ${lab} brings its own broker and link; leave it out to attach`, EXIT.usage)
  Object.assign(process.env, Object.fromEntries(named))
  try {
    targetsFrom()
  } catch (error) {
    throw new Complaint(`error: ${(error as Error).message}`, EXIT.usage)
  }
  return 'attached'
}
