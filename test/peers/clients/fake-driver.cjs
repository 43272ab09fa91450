// Speaks the driver protocol without any MQTT: it says what it was told, and then what its argument asks for.
const { createInterface } = require('node:readline')
const { env, argv } = process
const say = line => process.stdout.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)

for (const [name, value] of Object.entries(env)) {
  if (/^HALFOPEN_(?!PEERS|REQUIRE|SLOW)/.test(name)) console.error(`env ${name} ${value}`)
}
console.error('env end')
for (const line of JSON.parse(argv[2] ?? '[]')) say(line)
const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  console.error(`got: ${line}`)
  const [, seq] = line.split(' ')
  say({ what: 'acknowledged', seq: Number(seq) })
})
lines.on('close', () => process.exit(7))
