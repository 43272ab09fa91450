import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { say } from '../../terminal/say.ts'
import { plainly } from '../../text/message-of.ts'
import { makeFolder } from '../../text/write-files.ts'

/** Written as .github/workflows/halfopen.yml. Annotations come by themselves where GITHUB_ACTIONS=true. */
const WORKFLOW = `name: halfopen
on: [push, pull_request]
permissions:
  contents: read
jobs:
  keepalive:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    env:
      # A pull request from a fork may bring any scenario: none of its programs is started (docs/security.md of halfopen).
      HALFOPEN_NO_COMMANDS: \${{ github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository && '1' || '' }}
      npm_config_ignore_scripts: \${{ github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository && 'true' || 'false' }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm ci
      # - run: sudo apt-get install -y mosquitto   # for scenarios with broker: mosquitto
      - run: npx halfopen run --junit reports/halfopen.xml --json reports/halfopen.json
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: halfopen
          path: |
            reports
            .halfopen
          include-hidden-files: true
`

/** Written as scenarios/first.yaml: short, and every line of it is something that a user will want to change. */
const FIRST_SCENARIO = `# yaml-language-server: $schema=../node_modules/halfopen/halfopen.schema.json
name: an idle client and its broker both notice a half-open path
broker: aedes                              # what else there is: npx halfopen list --brokers
client: { name: mqttjs, keepalive: 2s, traffic: idle }
timeline:
  - { at: 3s, fault: blackhole, for: 30s } # at: since CONNACK. Nothing passes, and nobody is told.
expect: [broker-drops-client, client-gives-up, will-published]
until: 12s
`

const FILES = [
  ['scenarios/first.yaml', FIRST_SCENARIO],
  ['.github/workflows/halfopen.yml', WORKFLOW],
] as const

/** `halfopen init`: adds what is missing, and touches nothing that is there. */
export async function initProject(cwd: string): Promise<void> {
  for (const [file, text] of FILES) {
    const written = await writeNew(join(cwd, file), text)
    say(written ? `wrote ${file}\n` : `left ${file} as it is\n`)
  }
  say('\nNow play it:  npx halfopen run\n')
}

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await makeFolder(dirname(path))
    if (existsSync(path)) return false
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    throw new Complaint(`error: ${path} can't be written: ${plainly(error)}`, EXIT.inconclusive)
  }
}
