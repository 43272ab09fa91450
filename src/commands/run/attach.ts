import { accelerated } from '../../labs/accelerated.ts'
import { attached, targetsFrom } from '../../labs/attached.ts'
import type { LabSettings } from '../../labs/lab.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { plainly } from '../../text/message-of.ts'
import { readTextSync } from '../../text/read-text.ts'
import type { RunCommandOptions } from './options.ts'

function refuseUnreadable(option: string, file: string): void {
  try {
    readTextSync(file)
  } catch (error) {
    throw new Complaint(`error: ${option} ${file}: ${plainly(error)}`, EXIT.usage)
  }
}

/** What the lab accelerated is told of it. Complains where the lab is another one. */
export function speedSetting(lab: string | undefined, speed: number): LabSettings {
  if (lab !== accelerated.name)
    throw new Complaint(
      `error: --speed: only the lab accelerated has a speed: --lab ${accelerated.name} --speed ${speed}`,
      EXIT.usage,
    )
  return { speed: String(speed) }
}

/** The lab to play in, and what it is given. */
export interface ChosenLab {
  readonly lab?: string
  readonly labSettings?: LabSettings
}

/** Complains of options that do not go together. What is attached goes to the lab as plain data. */
export function labFor({ lab, attach, brokerUrl, toxiproxy, speed, ...broker }: RunCommandOptions): ChosenLab {
  if (speed !== undefined) return { lab: accelerated.name, labSettings: speedSetting(lab, speed) }
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
  const named = Object.entries(given).flatMap(told)
  const more = Object.entries(beside).flatMap(told)
  if (more.length > 0 && brokerUrl === undefined)
    throw new Complaint('error: --broker-user, -ca, -cert and -key say more of a --broker-url', EXIT.usage)
  if (named.length === 0) return lab === undefined ? {} : { lab }
  if (lab !== undefined && lab !== attached.name)
    throw new Complaint(`error: --lab ${lab} brings its own broker and link; leave it out to attach`, EXIT.usage)
  for (const [option, file] of [
    ['--broker-ca', broker.brokerCa],
    ['--broker-cert', broker.brokerCert],
    ['--broker-key', broker.brokerKey],
  ] as const)
    if (file !== undefined) refuseUnreadable(option, file)
  const labSettings = Object.fromEntries([...named, ...more])
  try {
    targetsFrom({ ...process.env, ...labSettings })
  } catch (error) {
    throw new Complaint(`error: ${(error as Error).message}`, EXIT.usage)
  }
  return { lab: attached.name, labSettings }
}

const told = ([name, value]: readonly [string, string | undefined]): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]
