import { expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { missingPackages } from '../../../src/peers/recipes/optional-package.ts'

const peers: Readonly<Record<string, string>> = manifest.peerDependencies

test('what is missing is told, with the line that installs it', () => {
  expect(missingPackages(['piscina', 'linkedom'], name => name !== 'piscina')).toEqual({
    reason: 'the package piscina is not installed',
    remedy: `npm install --save-dev "piscina@${peers.piscina}"`,
  })
  expect(missingPackages(['@observablehq/plot', 'linkedom'], () => false)).toEqual({
    reason: 'the packages @observablehq/plot and linkedom are not installed',
    remedy: `npm install --save-dev "@observablehq/plot@${peers['@observablehq/plot']}" "linkedom@${peers.linkedom}"`,
  })
})

test('a clone has all of them, as dev dependencies', () => {
  const optional = Object.keys(manifest.peerDependenciesMeta)
  expect(optional.filter(name => !(name in manifest.devDependencies))).toEqual([])
  expect(optional.filter(name => name in manifest.dependencies)).toEqual([])
  expect(missingPackages(['@observablehq/plot', 'linkedom', 'piscina', 'testcontainers'])).toBeUndefined()
})
