import { isIP } from 'node:net'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ApiError, parseJson } from './body.ts'
import { asApiError, type Proxies } from './proxy-set.ts'

/** Toxiproxy's API that this one speaks. */
const API_VERSION = '2.12.0'

interface ApiContext {
  readonly proxies: Proxies
  /** Of halfopen itself. */
  readonly version: string
  /** Where the API was told to listen, as it was told. */
  readonly ownHost: string
  metrics(): Promise<{ readonly type: string; readonly text: string }>
}

/** Toxiproxy's endpoints, from its api.go: the same paths, methods, answers and status codes. */
export function apiRoutes({ proxies, version, metrics, ownHost }: ApiContext): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    c.header('X-Toxiproxy-Request-Id', crypto.randomUUID())
    // A web page that the user happens to look at must not be able to drive this.
    if (c.req.header('User-Agent')?.startsWith('Mozilla/')) return plain(c, 403, 'User agent not allowed')
    const stranger = strangeHost(c.req.header('Host'), ownHost)
    if (stranger !== undefined) throw new ApiError(stranger, 403)
    if (
      isFromOtherPage({
        origin: c.req.header('Origin'),
        site: c.req.header('Sec-Fetch-Site'),
        host: c.req.header('Host'),
      })
    )
      throw new ApiError('origin not allowed: a web page of another site asks', 403)
    // As gorilla/mux 1.8 cleans a path.
    const { pathname } = new URL(c.req.url)
    if (pathname.includes('//')) return c.body(null, 301, { Location: pathname.replace(/\/{2,}/g, '/') })
    // Hono answers HEAD as GET; Toxiproxy knows GET only.
    if (c.req.method === 'HEAD') return c.body(null, 405)
    await next()
  })
  app.use(bodyLimit({ maxSize: MOST_BYTES, onError: tooLarge }))
  const at = (c: Context) => proxies.get(named(c, 'proxy'))
  const body = async (c: Context) => {
    const text = await c.req.text()
    return () => parseJson(text)
  }

  app.post('/reset', async c => {
    await proxies.reset()
    return c.body(null, 204)
  })
  app.get('/proxies', c => c.json(Object.fromEntries(proxies.all().map(({ name, view }) => [name, view]))))
  app.post('/proxies', async c => c.json((await proxies.create((await body(c))())).view, 201))
  app.post('/populate', async c => populate(c, proxies, await body(c)))
  app.get('/proxies/:proxy', c => c.json(at(c).view))
  app.on(['POST', 'PATCH'], '/proxies/:proxy', async c =>
    c.json((await proxies.update(named(c, 'proxy'), await body(c))).view),
  )
  app.delete('/proxies/:proxy', async c => {
    await proxies.remove(named(c, 'proxy'))
    return c.body(null, 204)
  })
  app.get('/proxies/:proxy/toxics', c => c.json(at(c).toxics.all()))
  app.post('/proxies/:proxy/toxics', async c => {
    const read = await body(c)
    return c.json(at(c).toxics.add(read()))
  })
  app.get('/proxies/:proxy/toxics/:toxic', c => c.json(at(c).toxics.get(named(c, 'toxic'))))
  app.on(['POST', 'PATCH'], '/proxies/:proxy/toxics/:toxic', async c => {
    const read = await body(c)
    return c.json(at(c).toxics.update(named(c, 'toxic'), read))
  })
  app.delete('/proxies/:proxy/toxics/:toxic', c => {
    at(c).toxics.remove(named(c, 'toxic'))
    return c.body(null, 204)
  })
  app.get('/version', c => {
    const text = JSON.stringify({ version: API_VERSION, halfopen: version })
    return c.body(`${text}\n`, 200, { 'Content-Type': 'application/json;charset=utf-8' })
  })
  app.all('/metrics', async c => {
    const { type, text } = await metrics()
    return c.body(text, 200, { 'Content-Type': type })
  })

  for (const path of PATHS) app.all(path, c => c.body(null, 405))
  app.notFound(c => plain(c, 404, '404 page not found'))
  app.onError((error, c) => {
    const { body, status } = asApiError(error)
    return plain(c, status, JSON.stringify(body))
  })
  return app
}

/** Ten thousand proxies, and more. */
const MOST_BYTES = 1024 * 1024

function tooLarge(): never {
  throw new ApiError(`the body is larger than ${MOST_BYTES} bytes`, 413)
}

const PATHS = [
  '/reset',
  '/proxies',
  '/populate',
  '/proxies/:proxy',
  '/proxies/:proxy/toxics',
  '/proxies/:proxy/toxics/:toxic',
  '/version',
]

const named = (c: Context, what: 'proxy' | 'toxic'): string => c.req.param(what) ?? ''

/** As Go's http.Error: errors are plain text, be they JSON or not. */
function plain(c: Context, status: number, text: string): Response {
  c.header('Content-Type', 'text/plain; charset=utf-8')
  c.header('X-Content-Type-Options', 'nosniff')
  return c.body(`${text}\n`, status as ContentfulStatusCode)
}

/** The only answer that holds an error and what went well all the same. */
async function populate(c: Context, proxies: Proxies, read: () => unknown): Promise<Response> {
  const { proxies: done, trouble } = await proxies.populate(read)
  if (!trouble) return c.json({ proxies: done }, 201)
  return c.json({ ...trouble.body, proxies: done }, trouble.status as ContentfulStatusCode)
}

/**
 * Why a request for this `Host` is refused; `undefined` where it is not. A web page can be made to ask us in its own name: the name
 * server of its domain says 127.0.0.1 the second time it is asked (DNS rebinding), and the browser then takes us for that site.
 * An address can't be rebound, `localhost` is the machine's own, and for any other name the user has to have said so.
 */
export function strangeHost(header: string | undefined, ownHost: string): string | undefined {
  // HTTP/1.0; no browser leaves it out.
  if (header === undefined) return undefined
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? []
  const name = (bracketed ?? plain).toLowerCase().replace(/\.$/, '')
  if (isIP(name) !== 0 || name === 'localhost' || name === ownHost.toLowerCase()) return undefined
  const remedy = name === '' ? '' : `, or start it with --listen ${name}:PORT`
  return `host not allowed: ask by an IP address or as localhost${remedy}`
}

interface PageHeaders {
  readonly origin: string | undefined
  readonly site: string | undefined
  readonly host: string | undefined
}

/**
 * Whether a web page asks that did not come from here. A browser sends a POST of text for any page without asking first (Fetch, "CORS-safelisted"),
 * and says in `Origin` or `Sec-Fetch-Site` whose page it is. The user agent alone does not tell: some let a page set it. No program but a browser
 * sends either.
 */
export function isFromOtherPage({ origin, site, host }: PageHeaders): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && (host === undefined || origin.toLowerCase() !== `http://${host.toLowerCase()}`)
}
