import { execa } from 'execa'
import { MAIN, type Project } from './halfopen.ts'

const QUICK = [
  '--listen',
  '127.0.0.1:0',
  '--connack',
  '5s',
  '--attempts',
  '5',
  '--backoff-time',
  '30s',
  '--back',
  '20s',
]

/** `halfopen device` in this project, with steps as short as they may be. */
export const beginDevice = (home: Project, args: readonly string[]) =>
  execa(process.execPath, [MAIN, 'device', ...QUICK, ...args], {
    cwd: home.dir,
    reject: false,
    env: { NO_COLOR: '1', FORCE_COLOR: undefined, CI: '1' },
  })

type Command = ReturnType<typeof beginDevice>

/** Once it has printed this. Reading it as execa's lines would wait for its end. */
export const printed = (command: Command, pattern: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    let text = ''
    command.stdout.on('data', bytes => {
      text += bytes
      const found = pattern.exec(text)
      if (found) resolve(found)
    })
    command.stdout.once('end', () => reject(new Error(`it never printed ${pattern}: ${text}`)))
  })

/** Where the link listens, as the command says it. */
export async function linkPort(command: Command): Promise<string> {
  const [, port = ''] = await printed(command, /waiting for a device at 127\.0\.0\.1:(\d+)/)
  return port
}
