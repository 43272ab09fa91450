/** Commands of halfopen, and what may happen to each of them at any moment. */
import { MAIN, PASSES, PASSES_IN_REAL_TIME } from '../cli/halfopen.ts'

const KILLED = `name: a broker that is killed
broker: mosquitto
client: { name: mqttjs, keepalive: 1s, reconnectPeriod: 0 }
timeline: [{ at: 1500ms, fault: kill }]
expect: [{ flaps: { min: 1, max: 1 } }]
until: 3s
`
const PROGRAM = `name: a program as a client
broker: aedes
client: { name: command, command: "exec sleep 2", keepalive: 1s }
expect: [stays-connected]
until: 1s
`
const EVIDENCE = 'test/golden/judge/both-notice.ndjson'

export const FILES: Readonly<Record<string, string>> = {
  'many/silent.yaml': PASSES_IN_REAL_TIME,
  'many/killed.yaml': KILLED,
  'many/idle.yaml': `name: a healthy client
broker: aedes
client: { name: mqttjs, keepalive: 1s }
expect: [stays-connected, pings-on-time]
until: 3s
`,
  'program.yaml': PROGRAM,
  'virtual.yaml': PASSES,
  '.git': '',
}

export interface Commanded {
  readonly args: string
  /** Exit codes that it may come to where nothing happens to it; and 3 is always right where something does. */
  readonly codes: readonly number[]
  /** It goes on until it is told to stop. */
  readonly endless?: true
}

/** One of each command, on what takes a while where it can. PORT is a server's that accepts and never answers again. */
export const COMMANDS: Readonly<Record<string, Commanded>> = {
  run: { args: 'run many', codes: [0, 3] },
  'run, a program': { args: 'run program.yaml --replays 0', codes: [3] },
  'run, virtual': { args: 'run virtual.yaml', codes: [0] },
  list: { args: 'list many --json', codes: [0] },
  judge: { args: `judge ${MAIN.replace('dist/cli/main.js', EVIDENCE)}`, codes: [0, 3, 4] },
  probe: { args: 'probe mqtt://127.0.0.1:PORT --max 2s --patience 1s', codes: [0, 3] },
  device: { args: 'device --listen 127.0.0.1:0 --wait 3s', codes: [3] },
  proxy: { args: 'proxy --listen 127.0.0.1:0', codes: [], endless: true },
  calibrate: { args: 'calibrate --client mqttjs --keepalive 1s --phases 1', codes: [0, 1, 3] },
  compare: { args: 'compare --keepalive 10s --quick', codes: [0] },
  ratios: { args: 'ratios --clients mqttjs --brokers aedes --keepalive 1s', codes: [0, 1, 3] },
  advise: { args: 'advise --keepalive 60s --middlebox aws-nlb', codes: [0, 4] },
  repro: { args: 'repro --middlebox aws-nlb --after 4s --keepalive 3s', codes: [0, 1, 3, 4] },
  peers: { args: 'peers --list', codes: [0] },
  doctor: { args: 'doctor', codes: [0] },
  init: { args: 'init', codes: [0] },
  merge: { args: 'merge nothing.json', codes: [1, 2] },
  help: { args: 'run --help', codes: [0] },
}

/** To the process that was started. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const
/** Processes that halfopen starts, by words of their command lines. */
export const PARTS: Readonly<Record<string, RegExp>> = {
  broker: /host-main\.js\0broker|mosquitto\0/,
  client: /host-main\.js\0client|sleep\0/,
  link: /host-main\.js\0link/,
  reaper: /reaperMain/,
}
export const FAILURES = [
  ...SIGNALS,
  'standstill of all',
  ...Object.keys(PARTS).flatMap(part => [`killed ${part}`, `standstill of ${part}`]),
  'no descriptor left',
  'full disk',
  'full output',
  'killed with its reaper',
] as const
export type Failure = (typeof FAILURES)[number]
