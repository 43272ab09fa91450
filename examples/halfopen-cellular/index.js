import { definePlugins } from 'halfopen'
import { handover } from './handover.js'
import { modem } from './modem.js'
import { neverSilent } from './never-silent.js'

/** Its name is the package's: messages say whose plug-in it was. */
export default definePlugins({
  name: 'halfopen-cellular',
  faults: [handover],
  checks: [neverSilent],
  clients: [modem],
})
