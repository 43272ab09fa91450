import { lookup } from 'node:dns/promises'
import { access } from 'node:fs/promises'
import { BlockList, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type * as Testcontainers from 'testcontainers'
import type { ContainerRuntimeClient } from 'testcontainers'
import { z } from 'zod'
import { PACKAGE_DIR } from '../../model/package.ts'
import type { Availability } from '../../model/plugin.ts'
import { messageOf } from '../../text/message-of.ts'
import { askEngine, inTime } from './engine.ts'

/** testcontainers, and the Docker engine that it found. */
export interface Runtime {
  readonly lib: typeof Testcontainers
  readonly client: ContainerRuntimeClient
  /** Where its published ports are in reach: an IPv4 address, since those of IPv6 may be others. */
  readonly host: string
  /** The engine is on this machine: its published ports need not be in reach of any other. */
  readonly isLocal: boolean
}

let known: Promise<Runtime> | undefined

/** Loaded at the first call, since it takes a quarter of a second. Throws where there is no engine. */
export function runtime(): Promise<Runtime> {
  known ??= load()
  known.catch(() => {
    known = undefined
  })
  return known
}

async function load(): Promise<Runtime> {
  const lib = await import('testcontainers')
  const client = await lib.getContainerRuntimeClient()
  const { address } = await lookup(client.info.containerRuntime.host, { family: 4 })
  const isLocal = await isOurs(address)
  return { lib, client, host: isLocal ? '127.0.0.1' : address, isLocal }
}

const network = z.object({
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() })) }),
})
const info = z.object({ SecurityOptions: z.array(z.string()).nullish() })

/**
 * This machine's own address in the network of Docker's default bridge: containers reach it, no other machine does.
 * `undefined` where there is none: Docker Desktop, a rootless engine, one on another machine.
 */
export async function bridgeAddress(): Promise<string | undefined> {
  const [bridge, engine] = [
    network.safeParse(await askEngine('/networks/bridge')),
    info.safeParse(await askEngine('/info')),
  ]
  // Its bridge is in a network namespace of its own, though one of the same address may be here too.
  if (!bridge.success || engine.data?.SecurityOptions?.some(option => option.includes('rootless'))) return undefined
  for (const { Subnet = '', Gateway } of bridge.data.IPAM.Config) {
    for (const address of candidates(Subnet, Gateway)) if (await isOurs(address)) return address
  }
  return undefined
}

/** The gateway is ours beside the engine. In a container of its own, as where its socket is mounted, it is another. */
function candidates(subnet: string, gateway: string | undefined): string[] {
  const [base = '', prefix] = subnet.split('/')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(base)) return []
  const within = new BlockList()
  within.addSubnet(base, Number(prefix), 'ipv4')
  // Docker gives the first address to itself, and does not always say so.
  const first = base.replace(/(?<!\d)\d+$/, last => String(Number(last) + 1))
  return [gateway ?? first, ...ownAddresses().filter(address => within.check(address, 'ipv4'))]
}

/** IPv4, of interfaces that are up. A bridge without containers is not. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap(list =>
    (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  )

/** Whether it can be listened on. Which addresses a machine has is not all told by its interfaces: one may be down. */
const isOurs = (address: string): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, address, () => server.close(() => resolve(true)))
  })

export interface Image {
  /** Environment variable that names another one. */
  readonly variable: string
  /** Pinned, so that the same scenario gives the same verdict next year. */
  readonly name: string
  /** Folder of its Dockerfile, where it is ours. */
  readonly dockerfile?: string
}

export const IMAGES = {
  mosquitto: { variable: 'HALFOPEN_IMAGE_MOSQUITTO', name: 'eclipse-mosquitto:2.0.22' },
  aedes: {
    variable: 'HALFOPEN_IMAGE_AEDES',
    name: 'halfopen-aedes:1.2.0',
    dockerfile: join(PACKAGE_DIR, 'docker/aedes'),
  },
  toxiproxy: { variable: 'HALFOPEN_IMAGE_TOXIPROXY', name: 'ghcr.io/shopify/toxiproxy:2.12.0' },
} as const satisfies Readonly<Record<string, Image>>

/** `image:` of the scenario, else the environment's, else ours. */
export const imageName = (image: Image, given: unknown, env: NodeJS.ProcessEnv = process.env): string =>
  (typeof given === 'string' ? given : undefined) || env[image.variable] || image.name

const fetched = new Map<string, Promise<Availability>>()

/** Whether the image is there, or could be pulled or built, which is done at the first call and waited for. */
export function imageAvailable(image: Image, given: unknown): Promise<Availability> {
  const name = imageName(image, given)
  const known = fetched.get(name) ?? fetch(name, image)
  fetched.set(name, known)
  return known
}

async function fetch(name: string, image: Image): Promise<Availability> {
  const remedy = `set ${image.variable} to an image that this Docker engine has or can pull`
  const building = name === image.name && image.dockerfile !== undefined
  try {
    const engine = await runtime()
    const image_ = engine.lib.ImageName.fromString(name)
    if (await engine.client.image.exists(image_)) return true
    const act = building ? build(engine, name, image.dockerfile ?? '') : engine.client.image.pull(image_)
    await inTime(act, building ? `building ${name}` : `pulling ${image_.string}`, remedy)
    if (await engine.client.image.exists(image_)) return true
    return { reason: `the image ${image_.string} can't be ${building ? 'built' : 'pulled'}`, remedy }
  } catch (error) {
    return { reason: `the image ${name} can't be ${building ? 'built' : 'pulled'}: ${firstLine(error)}`, remedy }
  }
}

async function build({ lib }: Runtime, name: string, folder: string): Promise<void> {
  await access(folder)
  // Kept for the next run, as a pulled one is.
  await lib.GenericContainer.fromDockerfile(folder).build(name, { deleteOnExit: false })
}

const firstLine = (error: unknown): string => messageOf(error).split('\n')[0] ?? ''
