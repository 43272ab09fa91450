import { pythonRecipe, type Recipe } from './recipe.ts'

/** Libraries that are a client and a server: with the argument `serve` it is the server. */
export const nodeWsRecipe: Recipe = {
  folder: 'node-ws',
  needs: [{ program: 'npm', apt: 'npm', remedy: 'https://nodejs.org/en/download' }],
  steps: [
    ['cp', 'package-lock.json', 'main.mjs', 'driver.mjs', 'server.mjs', '{build}'],
    // npm wants it beside the lock file, which says the same.
    ['sh', '-ec', `echo '{ "dependencies": { "ws": "8.23.0" } }' > "$1/package.json"`, 'sh', '{build}'],
    ['npm', 'ci', '--prefix', '{build}', '--ignore-scripts', '--no-audit', '--no-fund'],
  ],
  run: ['node', '{build}/main.mjs'],
}

const python = pythonRecipe('python-websockets', 'main.py')
export const pythonWebsocketsRecipe: Recipe = {
  ...python,
  steps: [...python.steps, ['cp', 'driver.py', 'server.py', '{build}']],
}
