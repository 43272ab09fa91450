import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { PACKAGE_DIR } from '../../model/package.ts'
import type { Availability } from '../../model/plugin.ts'
import { inTime } from './engine.ts'
import { type Runtime, runtime } from './runtime.ts'

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

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
