import type { Event } from '../../model/event.ts'
import { unpackEvents } from '../packed-events.ts'
import type { RunPage, TimelinePage } from '../page-model.ts'
import type { ReportPage } from '../report-model.ts'

/** A timeline with its events at hand. */
export interface Timeline extends Omit<TimelinePage, 'events'> {
  readonly events: readonly Event[]
}

const textOf = (element: Element | null): string => element?.textContent ?? ''

const data = <T>(id: string): T => JSON.parse(textOf(document.getElementById(id)) || 'null')

/** A page has one of both. */
export const theRun = data<RunPage>('run')
export const theReport = data<ReportPage | null>('report')

const opened = new Map<string, Promise<Timeline | undefined>>()

/** Unpacked when it is first asked for. */
export function timelineOf(slug: string): Promise<Timeline | undefined> {
  const known = opened.get(slug) ?? unpacked(slug)
  opened.set(slug, known)
  return known
}

async function unpacked(slug: string): Promise<Timeline | undefined> {
  const base64 = textOf(document.querySelector(`script[data-timeline="${CSS.escape(slug)}"]`))
  if (base64 === '') return undefined
  const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  const page = (await new Response(stream).json()) as TimelinePage
  return { ...page, events: unpackEvents(page.events) }
}
