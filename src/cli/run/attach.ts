import { existsSync } from 'node:fs'
import { targetsFrom } from '../../labs/attached/targets.ts'
import { Complaint, EXIT } from '../exit.ts'
import type { RunOptions } from './options.ts'

function missingFile(option: string, file: string): Complaint {
  return new Complaint(`error: ${option}: there is no file ${file}`, EXIT.usage)
}

/** The lab to play in. What is attached goes into the environment, since the scenarios are played in a thread of their own. */
export function labFor({ lab, attach, brokerUrl, toxiproxy, ...broker }: RunOptions): string | undefined {
  const given = {
    HALFOPEN_ATTACH: attach,
    HALFOPEN_BROKER_URL: brokerUrl?.join(','),
    HALFOPEN_TOXIPROXY_URL: toxiproxy,
  }
  const beside = {
    HALFOPEN_BROKER_USER: broker.brokerUser,
    HALFOPEN_BROKER_CA: broker.brokerCa,
    HALFOPEN_BROKER_CERT: broker.brokerCert,
    HALFOPEN_BROKER_KEY: broker.brokerKey,
  }
  const isGiven = ([, value]: [string, string | undefined]) => value !== undefined
  const named = Object.entries(given).filter(isGiven)
  const more = Object.entries(beside).filter(isGiven)
  if (more.length > 0 && brokerUrl === undefined)
    throw new Complaint('error: --broker-user, -ca, -cert and -key say more of a --broker-url', EXIT.usage)
  if (named.length === 0) return lab
  if (lab !== undefined && lab !== 'attached')
    throw new Complaint(`error: --lab ${lab} brings its own broker and link; leave it out to attach`, EXIT.usage)
  for (const [option, file] of [
    ['--broker-ca', broker.brokerCa],
    ['--broker-cert', broker.brokerCert],
    ['--broker-key', broker.brokerKey],
  ] as const)
    if (file !== undefined && !existsSync(file)) throw missingFile(option, file)
  Object.assign(process.env, Object.fromEntries([...named, ...more]))
  try {
    targetsFrom()
  } catch (error) {
    throw new Complaint(`error: ${(error as Error).message}`, EXIT.usage)
  }
  return 'attached'
}
