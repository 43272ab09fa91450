/**
 * What stands before a line of a log because of the way it came: supervisors, containers, tools. A row takes one such
 * piece; pieces may stand in any order, several deep. Sources: docker compose (`name  | `), kubectl logs --prefix
 * (`[pod/name/container] `), the CRI log format (`stdout F `), systemd journalctl(1) and RFC 3164 (`host tag[pid]: `),
 * RFC 5424 (`<30>1 date host app pid - - `), grep -n and -H, mosquitto_sub -v on $SYS/broker/log/#, quoting in mails.
 */
export type Piece = (text: string, from: number) => number | undefined

const take =
  (pattern: RegExp): Piece =>
  (text, from) => {
    pattern.lastIndex = from
    const found = pattern.exec(text)
    return found && found[0].length > 0 ? from + found[0].length : undefined
  }

/** The order is that in which they are tried. */
export const PIECES: readonly Piece[] = [
  // Between a date and its text, and around both.
  take(/[\s:,;|>\])}"'`*-]+/y),
  take(/["'`[({]/y),
  // journalctl and syslog: `hub mosquitto[811]: `, `mosquitto.mosquitto[812]: `, `hub docker/abc[9]: `
  take(/(?:[\w.@:-]+ )?[\w./@-]+\[\d+\]: ?/y),
  take(/[\w.@-]+ [\w./@-]+: (?=\S)/y),
  // docker compose, docker stack, stern
  take(/[\w./-]+ *\| ?/y),
  take(/\[[\w./: -]{1,120}\] ?/y),
  take(/(?:Zigbee2MQTT|zigbee2mqtt):\w+ +/y),
  // RFC 5424, and the priority of RFC 3164
  take(/<\d{1,3}>(?:1 )?/y),
  take(/[\w.-]+ [\w./-]+ (?:\d+|-) \S+ (?:-|\[[^\]]*\]) /y),
  take(/(?:stdout|stderr) [FP] /y),
  // $SYS/broker/log/N of mosquitto_sub -v
  take(/\$SYS\/broker\/log\/\S+ /y),
  // grep -n, grep -H, `Zeile  159:` and `Line 159:` of editors
  take(/(?:[A-Z][a-z]+ +)?\d{1,9}[:-](?=.)/y),
  take(/[\w./~-]+\.(?:log|txt|gz|out)(?:\.\d+)?[:-]/y),
  take(/[\w.@/-]+:? +/y),
]
