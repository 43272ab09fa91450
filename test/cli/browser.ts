/** Pages in a real browser: that they open, fit, can be used by everybody, and look as they did. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import which from 'which'

const path =
  process.env.HALFOPEN_CHROMIUM ??
  (await which('chromium', { nothrow: true })) ??
  (await which('google-chrome', { nothrow: true }))

export const noBrowser = path === null ? 'chromium is not there: apt-get install chromium' : undefined
if (noBrowser !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(noBrowser)

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: path ?? '', args: ['--no-sandbox'] })

export interface Seeing {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
}

interface Opened extends AsyncDisposable {
  readonly page: Page
  /** What the page said or asked for that it should not. */
  readonly complaints: string[]
}

export async function open(
  browser: Browser,
  url: string,
  { width = 1280, colorScheme = 'light' }: Seeing = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' })
  // On a busy machine a browser is late, and as right.
  context.setDefaultTimeout(100_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => {
    if (!/^(?:file|data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`)
  })
  await page.goto(url)
  await page.waitForSelector('h1')
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** It is no wider than the screen, and axe-core finds nothing. */
export async function usable(page: Page): Promise<void> {
  const [inner, outer] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
  expect(inner).toBeLessThanOrEqual(outer)
  await page.evaluate(AXE)
  const violations = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(" ")))',
  )
  expect(violations).toEqual([])
}

/** Every text of a picture lies within it, and none on another one. */
export async function readable(page: Page): Promise<void> {
  expect(await page.evaluate(UNREADABLE)).toEqual([])
}

// This runs in the browser.
const UNREADABLE = `[...document.querySelectorAll('svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect()
  const texts = [...svg.querySelectorAll('text')]
    .map(text => ({ words: text.textContent, box: text.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0)
  const outside = texts
    .filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
    .map(({ words }) => words + ' is cut off')
  const over = texts.slice(0, 400).flatMap((a, i) =>
    texts.slice(i + 1, 400).flatMap(b => {
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      return across > 3 && down > 4 && a.words !== b.words ? [a.words + ' lies on ' + b.words] : []
    }),
  )
  return [...outside, ...over]
})`

const GOLDEN = join(import.meta.dirname, '../golden/pages')
/** A picture is compared a quarter as wide: another build of a font must not matter, a part that is elsewhere must. */
const SHRUNK = 4
/** Of 255, the difference of all points on average. */
const MOST_APART = 5

/** The first screen looks as the golden picture does. With `-u`, or HALFOPEN_GOLDEN=write, the picture is made instead. */
export async function looksAs(page: Page, name: string): Promise<void> {
  const file = join(GOLDEN, `${name}.png`)
  const shot = (await page.screenshot({ animations: 'disabled' })).toString('base64')
  const blank = await page.context().newPage()
  try {
    await blank.goto('about:blank')
    const small = await blank.evaluate<string>(called(SHRINK, { shot, by: SHRUNK }))
    const isUpdate = process.argv.includes('-u') || process.env.HALFOPEN_GOLDEN === 'write'
    if (isUpdate) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, Buffer.from(small, 'base64'))
      return
    }
    expect(existsSync(file), `${name}: no golden picture; HALFOPEN_GOLDEN=write makes it`).toBe(true)
    const golden = readFileSync(file).toString('base64')
    expect(await blank.evaluate<number>(called(DIFFERENCE, { golden, small })), `${name} looks otherwise`).toBeLessThan(
      MOST_APART,
    )
  } finally {
    await blank.close()
  }
}

const called = (text: string, given: object): string => `(${text})(${JSON.stringify(given)})`

// These run in the browser, which reads and makes PNG; nothing of them is Node's.
const SHRINK = `async ({ shot, by }) => {
  const image = new Image()
  image.src = 'data:image/png;base64,' + shot
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.width / by
  canvas.height = image.height / by
  const to = canvas.getContext('2d')
  to.imageSmoothingQuality = 'high'
  to.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL('image/png').split(',')[1]
}`

const DIFFERENCE = `async ({ golden, small }) => {
  const read = async base64 => {
    const image = new Image()
    image.src = 'data:image/png;base64,' + base64
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.width
    canvas.height = image.height
    const to = canvas.getContext('2d')
    to.drawImage(image, 0, 0)
    return to.getImageData(0, 0, image.width, image.height)
  }
  const [a, b] = [await read(golden), await read(small)]
  if (a.width !== b.width || a.height !== b.height) return 255
  let sum = 0
  for (let i = 0; i < a.data.length; i += 4)
    for (let c = 0; c < 3; c++) sum += Math.abs(a.data[i + c] - b.data[i + c])
  return sum / (3 * a.width * a.height)
}`
