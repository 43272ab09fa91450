// `npm run bench [names]`: figures of this machine, side by side in one run. Nothing here is asserted.
import { run as compare } from './compare.js'
import { dates } from './dates.js'
import { run as link } from './link.js'
import { matching } from './matching.js'
import { models } from './models.js'
import { pcap } from './pcap.js'
import { simulation } from './simulation.js'
import { falseAlarms, suite } from './suite.js'

const BENCHES = { suite, falseAlarms, dates, simulation, compare, link, models, matching, pcap }

const names = process.argv.slice(2).filter(name => !name.startsWith('--'))
for (const [name, run] of Object.entries(BENCHES)) if (names.length === 0 || names.includes(name)) await run()
