/** Written as scenarios/first.yaml: short, and every line of it is something that a user will want to change. */
export const FIRST_SCENARIO = `# yaml-language-server: $schema=../node_modules/halfopen/halfopen.schema.json
name: an idle client and its broker both notice a half-open path
broker: aedes                              # what else there is: npx halfopen list --brokers
client: { name: mqttjs, keepalive: 2s, traffic: idle }
timeline:
  - { at: 3s, fault: blackhole, for: 30s } # at: since CONNACK. Nothing passes, and nobody is told.
expect: [broker-drops-client, client-gives-up, will-published]
until: 12s
`
