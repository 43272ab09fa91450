/** Run as a process of its own by the tests: starts a broker and a client that are programs, says who they are, and stays. */
import { startProgram as startBroker } from '../../src/peers/brokers/program/start-broker.ts'
import { startProgram } from '../../src/peers/clients/program/client-program.ts'

const SERVES = `
  console.log('broker ' + process.pid + ' ' + process.cwd())
  require('node:net').createServer(socket => {
    socket.on('error', () => {}).once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])))
  }).listen(Number(process.argv[1]), '127.0.0.1')`

const told = Array.from({ length: 0 }, () => '')
const tell = (line = '') => {
  told.push(line)
  if (told.length === 2) console.log(told.sort().join(' '))
}
await startBroker({
  name: 'held',
  version: '1.0.0',
  prepare: ({ address, folder }) => ({
    command: [process.execPath, '-e', SERVES, String(address.port)],
    cwd: folder,
  }),
  read: line => {
    tell(line)
    return []
  },
})
await startProgram({
  command: ['sh', '-c', 'echo client $$; exec sleep 120'],
  env: { ...process.env },
  onOutput: tell,
  onComplaint: line => console.error(line),
  onTrouble: note => console.error(note),
})
setInterval(() => {}, 1000)
