import { platform } from 'node:os'
import which from 'which'
import { allowed } from '../../labs/netns/allowed.ts'
import { findMosquitto, mosquittoVersion } from '../../peers/brokers/mosquitto/binary.ts'
import { ask } from '../../peers/recipes/ask.ts'
import { stateOf, versionOf as versionOfPeer } from '../../peers/recipes/built.ts'
import { madeName } from '../../peers/recipes/recipe.ts'
import { faketimeAvailable, findFaketime } from '../../processes/faketime.ts'
import { type Look, styleFor } from '../../reporters/reporter.ts'
import { GB, limitsHere, narrowAddresses, roomFor } from '../../terminal/limits.ts'
import { allRecipes } from '../../terminal/recipes.ts'
import { neededFor, RUN_ADDRESSES } from '../../terminal/require.ts'
import { say } from '../../terminal/say.ts'
import { currentLook } from '../../terminal/terminal.ts'
import { hang } from '../../text/layout.ts'
import { messageOf } from '../../text/message-of.ts'

interface Examined {
  readonly tool: Tool
  readonly finding: Finding
}

/** `halfopen doctor`: always a report, never a verdict, so it exits with 0. */
export async function examine({ json }: { readonly json?: boolean }): Promise<void> {
  const examined = await Promise.all(TOOLS.map(async tool => ({ tool, finding: await tool.examine() })))
  say(json ? `${JSON.stringify(examined.map(asJson), null, 2)}\n` : doctorText(examined, currentLook()))
}

const asJson = ({ tool, finding }: Examined) => ({
  name: tool.name,
  for: tool.for,
  remedy: tool.remedy,
  ...finding,
})

function doctorText(examined: readonly Examined[], { width, color }: Pick<Look, 'width' | 'color'>): string {
  const style = styleFor(color)
  const blocks = examined.map(({ tool, finding }) => {
    if (finding.usable) return hang(`${style.green('ok')}  ${tool.name}  `, `${finding.detail}, for ${tool.for}`, width)
    return [
      hang(`${style.yellow('--')}  ${tool.name}  `, `${finding.reason}; needed for ${tool.for}`, width),
      hang('      to add it:  ', finding.remedy ?? tool.remedy, width),
    ].join('\n')
  })
  const usable = examined.filter(({ finding }) => finding.usable).length
  const end =
    usable === examined.length ? 'All of it is usable here.' : 'What is missing is skipped by name; the rest runs.'
  return `${blocks.join('\n')}\n\n${end}\n`
}

/** A program or a right that some lab, link or broker needs, and what it is good for. */
interface Tool {
  readonly name: string
  readonly for: string
  /** Its version or place, or why it is not usable. Never rejects. */
  examine(): Promise<Finding>
  /** The command that adds it on this machine. */
  readonly remedy: string
}

type Finding =
  | { readonly usable: true; readonly detail: string }
  /** `remedy`: what would help on this very machine, where that can be told. */
  | { readonly usable: false; readonly reason: string; readonly remedy?: string }

const PATIENCE_MS = 5000

/** Runs it and reads its version out of what it says. Some say it on stderr, some with an exit code of 1 or 3. */
async function versionOf(command: string, args: readonly string[], pattern: RegExp): Promise<Finding> {
  const path = await which(command, { nothrow: true })
  if (path === null) return { usable: false, reason: 'not on the PATH' }
  const { code, why, stdout, stderr } = await ask([path, ...args], { limitMs: PATIENCE_MS })
  if (code === undefined) return { usable: false, reason: `${path}: ${why}` }
  const all = `${stdout}\n${stderr}`
  const version = pattern.exec(all)?.[1]
  return version === undefined
    ? { usable: false, reason: `${path}: ${firstLine(stderr || all)}` }
    : { usable: true, detail: `${version} (${path})` }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''

/** By operating system; Debian's package manager stands for Linux. */
const install = (linux: string, mac: string, other: string): string =>
  ({ linux, darwin: mac })[platform() as string] ?? other

const node: Tool = {
  name: 'node',
  for: 'everything; 20.19 or later',
  remedy: 'https://nodejs.org/en/download',
  async examine(): Promise<Finding> {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const usable = major > 20 || (major === 20 && minor >= 19)
    return usable
      ? { usable, detail: process.versions.node }
      : { usable, reason: `${process.versions.node} is too old` }
  },
}

const mosquitto: Tool = {
  name: 'mosquitto',
  for: 'broker: mosquitto',
  remedy: install('sudo apt-get install mosquitto', 'brew install mosquitto', 'https://mosquitto.org/download/'),
  async examine(): Promise<Finding> {
    const path = await findMosquitto()
    if (path === undefined) return { usable: false, reason: 'not on the PATH' }
    return mosquittoVersion(path).then(
      version => ({ usable: true, detail: `${version} (${path})` }),
      error => ({ usable: false, reason: messageOf(error) }),
    )
  },
}

const docker: Tool = {
  name: 'docker',
  for: 'lab containers',
  remedy: install(
    'https://docs.docker.com/engine/install/',
    'brew install --cask docker',
    'https://docs.docker.com/get-docker/',
  ),
  examine: () => versionOf('docker', ['version', '--format', 'server {{.Server.Version}}'], /^server (\S+)$/m),
}

const faketime: Tool = {
  name: 'libfaketime',
  for: 'lab accelerated, and clocks that are set',
  remedy: install('sudo apt-get install libfaketime', 'a Linux machine', 'a Linux machine'),
  async examine(): Promise<Finding> {
    const answer = await faketimeAvailable()
    if (answer === true) return { usable: true, detail: findFaketime() ?? '' }
    const { reason, remedy } = answer
    return { usable: false, reason, ...(remedy !== undefined && { remedy }) }
  },
}

const toxiproxy: Tool = {
  name: 'toxiproxy-server',
  for: 'link: toxiproxy',
  remedy: install(
    'go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0 (as toxiproxy-server on the PATH)',
    'brew install shopify/shopify/toxiproxy',
    'https://github.com/Shopify/toxiproxy/releases',
  ),
  examine: () => versionOf('toxiproxy-server', ['-version'], /((?<!\d)\d+\.\d+\.\d+|git\b\S*)/),
}

const go: Tool = {
  name: 'go',
  for: 'building toxiproxy-server',
  remedy: install('sudo apt-get install golang-go', 'brew install go', 'https://go.dev/dl/'),
  examine: () => versionOf('go', ['version'], /go version go(\S+)/),
}

const namespaces: Tool = {
  name: 'namespaces',
  for: 'lab netns',
  remedy: 'a Linux machine, and root or a user who may have namespaces',
  async examine(): Promise<Finding> {
    const answer = await allowed()
    if ('right' in answer) {
      const detail = answer.right === 'root' ? 'network namespaces, as root' : 'network namespaces, in a user namespace'
      return { usable: true, detail }
    }
    return { usable: false, reason: answer.reason, ...(answer.remedy !== undefined && { remedy: answer.remedy }) }
  },
}

/** The bundled scenarios, and what `halfopen run` plays at once. */
const SUITE = 200 * neededFor({ client: { count: 1 } })

const descriptors: Tool = {
  name: 'descriptors',
  for: '200 scenarios at once; with fewer they wait their turn',
  remedy: `ulimit -n ${roomFor(SUITE)}, in the shell that starts halfopen`,
  async examine(): Promise<Finding> {
    const free = limitsHere().descriptors
    if (free === Infinity) return { usable: true, detail: 'no limit that the system tells' }
    if (free >= SUITE) return { usable: true, detail: `${free} files may be open` }
    return { usable: false, reason: `only ${free} files may be open` }
  },
}

const addresses: Tool = {
  name: 'address space',
  for: 'halfopen run, since V8 reserves it for WebAssembly',
  remedy: 'ulimit -v unlimited, in the shell that starts halfopen; limit memory by a container or a cgroup instead',
  async examine(): Promise<Finding> {
    const { addressBytes } = limitsHere()
    const why = narrowAddresses(addressBytes, RUN_ADDRESSES)
    if (why !== undefined) return { usable: false, reason: `limited to ${Math.round(addressBytes / GB)} GB` }
    return { usable: true, detail: addressBytes === Infinity ? 'not limited' : `${Math.round(addressBytes / GB)} GB` }
  },
}

const peers: Tool = {
  name: 'peers',
  for: 'clients and brokers that come as source only',
  remedy: 'npx halfopen peers',
  async examine(): Promise<Finding> {
    const recipes = allRecipes()
    const there = recipes.filter(recipe => stateOf(recipe) === 'made')
    const rest = recipes.filter(recipe => !there.includes(recipe)).map(madeName)
    const made = there.map(recipe => `${madeName(recipe)} ${versionOfPeer(recipe)}`).join(', ')
    if (rest.length === 0) return { usable: true, detail: made }
    return { usable: false, reason: `not made: ${rest.join(', ')}${made === '' ? '' : ` (made: ${made})`}` }
  },
}

const TOOLS: readonly Tool[] = [
  node,
  descriptors,
  addresses,
  mosquitto,
  docker,
  namespaces,
  faketime,
  toxiproxy,
  go,
  peers,
]
