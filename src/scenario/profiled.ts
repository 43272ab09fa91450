import type { BrokerMeasurement, ClientMeasurement, Profile } from '../model/profile.ts'
import type { Complaint } from './problem.ts'
import { isMisnamed, type ProfileReader } from './profile-shelf.ts'
import type { CheckedScenario } from './schema.ts'

/** The profiles that a scenario names, read; where a file holds none, the reader has its problems. */
export interface Profiled {
  readonly broker?: BrokerMeasurement
  readonly client?: ClientMeasurement
  readonly complaints: readonly Complaint[]
}

export function profilesOf({ broker, client }: CheckedScenario, read: ProfileReader): Profiled {
  const forBroker = taken(broker.profile, 'broker', read)
  const forClient = taken(client.profile, 'client', read)
  return {
    ...(forBroker.profile?.role === 'broker' && { broker: forBroker.profile }),
    ...(forClient.profile?.role === 'client' && { client: forClient.profile }),
    complaints: [...forBroker.complaints, ...forClient.complaints],
  }
}

interface Taken {
  readonly profile?: Profile
  readonly complaints: readonly Complaint[]
}

function taken(path: string | undefined, role: Profile['role'], read: ProfileReader): Taken {
  const found = path === undefined ? undefined : read(path)
  if (found === undefined) return { complaints: [] }
  if (isMisnamed(found)) return { complaints: [{ path: [role, 'profile'], ...found }] }
  if (found.role === role) return { profile: found, complaints: [] }
  const message = `${path} is the profile of a ${found.role} (${found.name} ${found.version}), and this is the ${role}`
  return { complaints: [{ path: [role, 'profile'], message }] }
}

/** Where a scenario does not stand in a file there is nothing that a path could count from. */
export const noProfiles: ProfileReader = path => ({ message: `${path}: only a scenario in a file can name a profile` })
