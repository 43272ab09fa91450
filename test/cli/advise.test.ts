import { expect, test } from 'vitest'
import { project } from './halfopen.ts'

test('advise knows managed brokers, with source and date', async () => {
  await using home = await project()
  const { stdout, exitCode } = await home.run(['advise', '--keepalive', '10s', '--broker', 'aws-iot-core'])
  expect(stdout).toMatch(/\(read 20\d\d-\d\d\)/)
  expect(stdout).toContain('45 s without a packet until it drops a client')
  expect(exitCode).toBe(0)
})

test.each([
  [['--broker', 'aws-iot'], /nothing is called 'aws-iot'\. Did you mean 'aws-iot-core'\?/],
  [['--client', 'esp-mqt'], /Did you mean 'esp-mqtt'\?/],
  [['--broker-min', '90s', '--broker-max', '60s'], /--broker-min: 90 s is more than the longest/],
  [['--broker', 'azure-iot-hub', '--mqtt', '5'], /Azure IoT Hub speaks MQTT 3\.1\.1 only/],
  [['--broker-max', '0s'], /leave it out where there is no limit/],
] as const)('advise %s is wrong usage', async (args, words) => {
  await using home = await project()
  const { stderr, exitCode } = await home.run(['advise', '--keepalive', '60s', ...args])
  expect(stderr).toMatch(words)
  expect(exitCode).toBe(1)
})

test('a box that ends connections at an age can be asked about, but has no idle time-out to play', async () => {
  await using home = await project()
  const { stdout } = await home.run(['advise', '--keepalive', '20s', '--middlebox', 'k8s-ingress-gce'])
  expect(stdout).toContain('ends every connection at an age of 30 s')
  const { stderr, exitCode } = await home.run(['repro', '--middlebox', 'k8s-ingress-gce'])
  expect(stderr).toContain('k8s-ingress-gce has no idle time-out')
  expect(exitCode).toBe(1)
})

test('repro --fix says before and after, and fails where it does not help', async () => {
  await using home = await project()
  const args = ['repro', '--middlebox', 'aws-nlb', '--keepalive', '400s', '--fix']
  const helps = await home.run([...args, '233s'])
  expect(helps.stdout).toContain('Fixed: with a keep-alive of 233 s nothing of it happens any more.')
  expect(helps.exitCode).toBe(0)
  const not = await home.run([...args, '360s'])
  expect(not.stdout).toContain('Not fixed: with a keep-alive of 360 s it still happens.')
  expect(not.exitCode).toBe(4)
})
