const position = { file: 'bench', line: 1, column: 1 }
const none = { ms: 0, k: 0 }

/** Of a scenario without faults that expects this. */
export const header = expect => ({
  evidence: 1,
  halfopen: '0.1.0',
  node: process.version,
  lab: 'local',
  labResolutionMs: 2,
  link: 'embedded',
  broker: { name: 'aedes', version: '1.2.0' },
  client: { name: 'mqttjs', version: '5.16.0' },
  seed: 1,
  started: '2026-01-01T00:00:00.000Z',
  scenario: {
    name: 'bench',
    position,
    broker: { name: 'aedes', options: {} },
    client: { name: 'mqttjs', options: {}, keepaliveS: 2, protocol: 4, traffic: {}, count: 1 },
    link: { name: 'embedded', options: {}, latency: none, jitter: none },
    timeline: [],
    expect: expect.map(check => ({ check, params: {}, position })),
    until: { ms: 60_000, k: 0 },
  },
})
