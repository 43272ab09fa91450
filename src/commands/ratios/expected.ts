import { exactBrokers } from '../../timing/profiles/brokers.ts'
import { exactClients } from '../../timing/profiles/clients.ts'
import type { PeerRow as ProfileRow } from '../../timing/profiles/peer.ts'
import { SERVER_TIMEOUT } from '../../timing/spec.ts'
import type { Baseline, BaselineRow } from './baseline.ts'
import { RATIOS_FORMAT } from './ratio-table.ts'

/** What the sources say that the table must find, as a baseline: `peers/expected.json`. */
export function expectedBaseline(): Baseline {
  const clients = exactClients().flatMap(clientRows)
  const brokers = exactBrokers().map(
    ({ exactGranularity, ...row }): BaselineRow => ({
      ...head(row, 'broker'),
      afterLastPacket: SERVER_TIMEOUT,
      granularityMs: exactGranularity.ms,
    }),
  )
  return { ratios: RATIOS_FORMAT, peers: [...clients, ...brokers] }
}

/** Two where a library learnt to keep to a Server Keep Alive in between. */
function clientRows({ exact, ...profile }: ReturnType<typeof exactClients>[number]): readonly BaselineRow[] {
  const { granularity, serverKeepAlive, ...figures } = exact
  const row = {
    ...head(profile, 'client'),
    ...figures,
    ...(granularity ? { afterAnswerGranularity: granularity } : {}),
  }
  if (typeof serverKeepAlive !== 'object') return [{ ...row, ...(serverKeepAlive ? { serverKeepAlive } : {}) }]
  const { since } = serverKeepAlive
  return [
    { ...row, versions: `${profile.versions} <${since}`, serverKeepAlive: 'ignored' },
    { ...row, versions: `${profile.versions} >=${since}`, serverKeepAlive: 'honoured' },
  ]
}

const NO_FALSE_ALARM = { runs: 0, lost: 0 }

const head = ({ names, versions, keepaliveS, source }: ProfileRow, role: BaselineRow['role']): BaselineRow => ({
  name: names[0] ?? '',
  names: [...names],
  versions,
  role,
  ...(keepaliveS ? { keepaliveS: [...keepaliveS] } : {}),
  falseAlarms: NO_FALSE_ALARM,
  source,
})
