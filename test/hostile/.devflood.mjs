import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const W = '/work/harm'
const { FLOODS, floodingBroker } = await import(`${W}/test/hostile/flooding-broker.ts`)
const kind = process.argv[2]
const server = await floodingBroker(FLOODS[kind])
const t0 = Date.now()
const cmd = spawn(
  process.execPath,
  [
    `${W}/dist/cli/main.js`,
    'device',
    '--listen',
    '127.0.0.1:0',
    '--connack',
    '5s',
    '--attempts',
    '5',
    '--backoff-time',
    '15s',
    '--back',
    '10s',
    '--wait',
    '10s',
    '--broker',
    `mqtt://127.0.0.1:${server.port}`,
    ...process.argv.slice(3),
  ],
  { cwd: '/tmp/harm-t', env: { ...process.env, CI: '1', NO_COLOR: '1' } },
)
let dev
let text = ''
cmd.stdout.on('data', d => {
  process.stdout.write(`[${((Date.now() - t0) / 1000).toFixed(1)}] ${d}`)
  text += d
  const m = /at 127.0.0.1:(\d+)/.exec(text)
  if (m && !dev) {
    dev = spawn(process.execPath, [`${W}/test/device/devices/device.js`], {
      env: { ...process.env, DEVICE_PORT: m[1] },
      stdio: 'inherit',
    })
  }
})
cmd.stderr.on('data', d => process.stdout.write(`E ${d}`))
let peak = 0,
  devPeak = 0
const rss = p => {
  try {
    return +/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p}/status`, 'utf8'))[1] / 1024
  } catch {
    return 0
  }
}
setInterval(() => {
  peak = Math.max(peak, rss(cmd.pid))
  devPeak = Math.max(devPeak, rss(dev?.pid))
}, 200)
cmd.on('exit', (c, s) => {
  console.log(
    'exit',
    c,
    s,
    (Date.now() - t0) / 1000,
    's peak',
    peak | 0,
    'MB device',
    devPeak | 0,
    'sent MB',
    (server.sentBytes / 1e6) | 0,
  )
  dev?.kill('SIGKILL')
  process.exit()
})
setTimeout(() => {
  console.log('GIVING UP', peak, server.sentBytes / 1e6)
  cmd.kill('SIGKILL')
  dev?.kill('SIGKILL')
  process.exit()
}, 540000)
