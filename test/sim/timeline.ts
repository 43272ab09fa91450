import type { Event } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'

/** One line for each event, for goldens and for reading: `60100.000 link up broker pingreq #1`. */
export const timeline = ({ events }: Evidence, zeroMs = 0): string =>
  `${events.map(event => line(event, zeroMs)).join('\n')}\n`

function line({ atMs, conn, device, who, what, ...rest }: Event, zeroMs: number): string {
  const details = Object.entries(rest).map(([key, value]) => (key === 'packet' ? packet(value) : String(value)))
  const place = [conn === undefined ? '' : `#${conn}`, device === undefined || device === 1 ? '' : `device ${device}`]
  return [(atMs + zeroMs).toFixed(3).padStart(12), who, what, ...details, ...place].filter(Boolean).join(' ')
}

const packet = ({ cmd, bytes: _bytes, ...rest }: Record<string, unknown>): string =>
  [
    cmd,
    ...Object.entries(rest).map(
      ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
    ),
  ].join(' ')

/** How often and when: the times of the events that `wanted` takes. */
export const timesOf = ({ events }: Evidence, wanted: (event: Event) => boolean, zeroMs = 0): number[] =>
  events.filter(wanted).map(({ atMs }) => Math.round((atMs + zeroMs) * 1000) / 1000)
