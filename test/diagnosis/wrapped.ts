/** What tools, supervisors and stores put around each line `EPOCH: text` of a log. */
import { iso } from './written.ts'

type Wrap = (text: string) => string

/** `line`, its date in milliseconds and its number from 1. */
const eachLine =
  (wrap: (line: string, atMs: number, number: number) => string): Wrap =>
  text =>
    text
      .split('\n')
      .map((line, i) => (line === '' ? '' : wrap(line, Number(/^\d+/.exec(line)?.[0]) * 1000, i + 1)))
      .join('\n')

const object = (make: (line: string, atMs: number) => object): Wrap =>
  eachLine((line, atMs) => JSON.stringify(make(line, atMs)))

const doubled = (line: string) => line.replaceAll('"', '""')

export const WRAPS: Readonly<Record<string, Wrap>> = {
  grepN: eachLine((line, _, number) => `${number}:${line}`),
  grepH: eachLine(line => `mosquitto.log:${line}`),
  crlf: text => text.replaceAll('\n', '\r\n'),
  quoted: eachLine(line => `> ${line}`),
  inQuotes: eachLine(line => `"${line}"`),
  csv: eachLine((line, atMs) => `"${iso(atMs)}","mosquitto-0","mosquitto","${doubled(line)}"`),
  csvLastQuoted: eachLine((line, atMs) => `${iso(atMs)},hub,"${doubled(line)}"`),
  tsv: eachLine((line, atMs) => `${iso(atMs)}\thub\t${line}`),
  loki: eachLine((line, atMs) => `${iso(atMs)} {app="mosquitto", pod="mosquitto-0"} ${line}`),
  fly: eachLine((line, atMs) => `${iso(atMs)} app[148ed193] fra [info]${line}`),
  heroku: eachLine((line, atMs) => `${iso(atMs)} app[web.1]: ${line}`),
  swarm: eachLine(line => `mqtt_mosquitto.1.k3j2l1m0n9@node-2    | ${line}`),
  pm2: eachLine(line => `0|mosquitto  | ${line}`),
  openwrt: eachLine(line => `Sat Jun  1 21:40:00 2024 daemon.info mosquitto[1811]: ${line}`),
  journalJson: object((line, atMs) => ({ __REALTIME_TIMESTAMP: `${atMs * 1e3}`, _HOSTNAME: 'hub', MESSAGE: line })),
  journalVerbose: eachLine(
    (line, atMs) =>
      `Sat ${iso(atMs).slice(0, 19).replace('T', ' ')}.123456 UTC [s=ab;i=1;b=cd;m=1;t=6;x=9]\n    PRIORITY=6\n    MESSAGE=${line.replace(/^\d+: /, '')}\n    _PID=811`,
  ),
  journalExport: eachLine(
    (line, atMs) =>
      `__CURSOR=s=ab\n__REALTIME_TIMESTAMP=${atMs * 1e3}\n_PID=811\nMESSAGE=${line.replace(/^\d+: /, '')}\n`,
  ),
  dockerJson: object((line, atMs) => ({ log: `${line}\n`, stream: 'stdout', time: iso(atMs) })),
  fluentBit: object((line, atMs) => ({ date: atMs / 1000, log: line, kubernetes: { pod_name: 'mosquitto-0' } })),
  gelf: object((line, atMs) => ({ version: '1.1', host: 'h', short_message: line, timestamp: atMs / 1000, level: 6 })),
  googleCloud: object((line, atMs) => ({ insertId: 'x', textPayload: line, timestamp: iso(atMs) })),
  googleCloudJson: object((line, atMs) => ({ insertId: 'x', jsonPayload: { message: line }, timestamp: iso(atMs) })),
  azure: object((line, atMs) => ({ 'TimeGenerated [UTC]': iso(atMs), ContainerName: 'm', LogEntry: line })),
  splunk: object((line, atMs) => ({ preview: false, result: { _time: iso(atMs), _raw: line } })),
  elastic: object((line, atMs) => ({ _index: 'logs', _source: { '@timestamp': iso(atMs), message: line } })),
  datadog: object((line, atMs) => ({ id: 'A', content: { timestamp: iso(atMs), host: 'h', message: line } })),
  lokiJson: object((line, atMs) => ({ labels: { app: 'mosquitto' }, line, timestamp: iso(atMs) })),
}
