/** What stands around the lines that matter in a log that people have. None of it may turn a diagnosis round. */
import { type Known, pings, type Random, Story } from './known.ts'

/** Other clients of the same broker, without trouble: they ping, send, and say DISCONNECT. */
export function amongOthers(known: Known, random: Random): Known {
  const untilS = Math.max(...known.happened.map(({ s }) => s))
  const others = Array.from({ length: random.whole(1, 4) }, (_, i) => {
    const story = new Story(random, random.one(15, 30, 60), `other-${i}`)
    story.connect(random.between(0, untilS / 3))
    const last = pings(story, story.happened[0]?.s ?? 0, untilS, story.k)
    story.up(last + 1, 'DISCONNECT')
    story.end(last + 1, 'disconnect')
    return story.happened
  })
  return { ...known, happened: [...known.happened, ...others.flat()] }
}

/** The file begins in the middle, and with the rest of a line. */
export function cutOff(text: string, random: Random): string {
  return text.slice(Math.floor(text.length * random.between(0.02, 0.2)))
}

const STRANGERS: readonly string[] = [
  '',
  '    at Socket.emit (node:events:524:28)',
  'Traceback (most recent call last):',
  '\u001b[33mwarning\u001b[0m: disk usage at 81%',
  'CPU: 12% mem: 430 MB, 3 clients, 17 subscriptions',
  '{"level":"debug","component":"storage","msg":"compaction done"}',
  '-- Boot 2f1c --',
  '+++ rotated +++',
]

/** One in ten lines is none of the program's. */
export const withStrangers = (text: string, random: Random): string =>
  text
    .split('\n')
    .flatMap(line => (random.next() < 0.1 ? [random.one(...STRANGERS), line] : [line]))
    .join('\n')
