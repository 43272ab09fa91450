import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { optionTexts } from '../../../src/commands/list/run.ts'
import { clientLabel } from '../../../src/labs/bench.ts'
import type { ClientKind } from '../../../src/peers/clients/client.ts'
import { command } from '../../../src/peers/clients/command.ts'
import { driver } from '../../../src/peers/clients/driver.ts'
import { clientFamilies, clientProfile, clientVersions } from '../../../src/timing/profiles/clients.ts'
import { windowsFor } from '../../../src/timing/windows.ts'
import { header } from '../../evidence/builder.ts'

const kinds = [command, driver] as unknown as ClientKind[]
const problems = (kind: ClientKind, is: string) => {
  const parsed = kind.options.safeParse({ command: './device', is })
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe.each(kinds.map(kind => [kind.name, kind] as const))('%s', (name, kind) => {
  test('is known by the library that the scenario says it is', async () => {
    const label = (is: string) => clientLabel(kind, { command: 'python3 device.py', is })
    expect(await label('paho-go 1.3.5')).toEqual({ name: 'paho-go', version: '1.3.5' })
    expect(await label('Paho-MQTT@v2.1.0')).toEqual({ name: 'paho-python', version: '2.1.0' })
    expect(await label('rumqttc')).toEqual({ name: 'rumqttc', version: 'unknown' })
  })

  test('is known by its program where the scenario says nothing', async () =>
    expect(await clientLabel(kind, { command: 'python3 device.py' })).toEqual({ name, version: 'python3' }))

  test('an unknown name is told with the nearest one', () => {
    expect(problems(kind, 'paho-gp 1.3.5')).toEqual([
      'is: there is no profile of a client called paho-gp; did you mean paho-go?',
    ])
    expect(problems(kind, 'zzzzzzzzzzzzz 1')).toEqual([
      expect.stringMatching(/^is: there is no profile of a client called zzzzzzzzzzzzz; known are mqttjs, mqtt, /),
    ])
    expect(problems(kind, '2.0')).toEqual(['is: write a name and a version, such as paho-go 1.5.1'])
  })

  test('the version has to be said where the rule hangs on it', () => {
    expect(problems(kind, 'paho-go')).toEqual([
      'is: the version is missing, and what paho-go does hangs on it; known are >=1.4.4 <2.0.0, >=1.2.0 <1.4.4',
    ])
    expect(problems(kind, 'rumqttc')).toEqual([])
  })

  test('halfopen list shows the option', () =>
    expect(optionTexts(z.toJSONSchema(kind.options, { io: 'input', unrepresentable: 'any' }))).toContain(
      'is: string: the library that it is made of, such as paho-go 1.5.1: then its profile gives the window',
    ))
})

test('every family of the profiles can be said, and then its profile is found', async () => {
  for (const family of clientFamilies())
    for (const range of clientVersions(family)) {
      const version = range === '*' ? '7.0' : (/>=([\d.]+)/.exec(range)?.[1] ?? '')
      expect(problems(command as ClientKind, `${family} ${version}`)).toEqual([])
      const label = await clientLabel(command as ClientKind, { command: './x', is: `${family} ${version}` })
      const found = ([4, 5] as const).map(protocol => clientProfile(label, 30_000, protocol))
      expect(
        found.every(each => each !== undefined),
        `${family} ${version}`,
      ).toBe(true)
    }
})

test('Paho Go before 1.4.4 looks every K/2: 10 s to 2K + 10 s after the path died', () => {
  const { clientGivesUp } = windowsFor(header({ keepaliveS: 2, client: { name: 'paho-go', version: '1.3.5' } }), 2000)
  expect(clientGivesUp).toMatchObject({ earliestMs: 9750, latestMs: 14_250, origin: 'profile' })
})
