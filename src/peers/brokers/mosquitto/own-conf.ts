import { readText } from '../../../text/read-text.ts'
import { REFUSED_BY_MOSQUITTO } from './options.ts'

/** A line of a mosquitto.conf, and its key. */
export interface ConfLine {
  readonly key: string
  readonly line: string
}

/**
 * What of a user's own mosquitto.conf holds for any broker: all but where it listens, its certificates, its log, its user and its pid file, which are
 * halfopen's to choose. mosquitto.conf(5): a key, a blank, and the rest of the line; `#` only begins a comment at the beginning of a line.
 */
export const confLines = (text: string): readonly ConfLine[] =>
  text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => ({ key: line.split(/\s/, 1)[0] ?? '', line }))
    .filter(({ key }) => !Object.hasOwn(REFUSED_BY_MOSQUITTO, key))

/** Rejects with the reason where the file can't be read. */
export const readConf = async (file: string | undefined): Promise<readonly ConfLine[]> =>
  file === undefined ? [] : confLines(await readText(file))
