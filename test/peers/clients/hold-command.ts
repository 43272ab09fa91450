import { realClock } from '../../../src/clock/real.ts'
import { command } from '../../../src/peers/clients/command.ts'

/** Starts a command that goes into the background, says its process ids, and stays until it is killed. */
await command.start({
  record: event => {
    if (event.what === 'log') console.log(event.note)
  },
  options: { command: 'setsid sleep 71 & echo $! >&2; echo $$ >&2; sleep 72' },
  address: { host: '127.0.0.1', port: 1 },
  clientId: 'ho-r-1',
  keepaliveS: 7,
  protocol: 4,
  will: { topic: 'w', qos: 1, payload: Buffer.from('w') },
})
const clock = realClock()
await clock.advanceTo(clock.nowMs() + 60_000)
