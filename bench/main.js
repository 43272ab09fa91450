// `npm run bench [names]`, `npm run bench soak -- --minutes=3`: figures of this machine, side by side in one run. Nothing here is asserted.
import { run as compare } from './compare.js'
import { dates } from './dates.js'
import { run as evidence } from './evidence.js'
import { run as link } from './link.js'
import { run as logs } from './logs.js'
import { matching } from './matching.js'
import { models } from './models.js'
import { pages } from './pages.js'
import { pcap } from './pcap.js'
import { simulation } from './simulation.js'
import { soak } from './soak.js'
import { falseAlarms, suite } from './suite.js'
import { run as tls } from './tls.js'

const BENCHES = {
  suite,
  falseAlarms,
  dates,
  simulation,
  compare,
  link,
  logs,
  models,
  matching,
  evidence,
  pcap,
  pages,
  tls,
}

const names = process.argv.slice(2).filter(name => !name.startsWith('--'))
/** Only where it is asked for by name: it takes ten minutes. */
const LONG = { soak }

for (const [name, run] of Object.entries({ ...BENCHES, ...LONG })) {
  if (names.length === 0 ? name in BENCHES : names.includes(name)) await run()
}
