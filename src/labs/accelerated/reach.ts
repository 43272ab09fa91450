/** Whether libfaketime reaches a program: what it is made of, before it runs; and what is in its memory while it does. */
import { open, readFile, readlink, writeFile } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import which from 'which'
import { familyOf } from '../../clock/scheduler.ts'
import { peersFolder } from '../../peers/recipes/recipe.ts'
import { answered, fasterBy, fasterTime, unlike } from '../../processes/faketime.ts'
import { guardedFolder } from '../../processes/guarded-folder.ts'
import { messageOf } from '../../text/message-of.ts'

/** Enough for the headers of a program, and for the first line of a script. */
const HEAD_BYTES = 4096
const MOST_SCRIPTS = 4

const known = new Map<string, Promise<string | undefined>>()

/** Why this program can't run faster, found before it runs; `undefined` where it can. Each is asked once. */
export function unreachedProgram(file: string): Promise<string | undefined> {
  const answer = known.get(file) ?? lookAt(file)
  known.set(file, answer)
  return answer
}

async function lookAt(named: string, depth = 0): Promise<string | undefined> {
  // `java` of a recipe is one on the PATH.
  const file = named.includes(sep) ? named : ((await which(named, { nothrow: true })) ?? named)
  if (isMadeFaster(file)) return undefined
  const head = await headOf(file)
  // Whoever starts it will say why it can't be read.
  if (head === undefined) return undefined
  const script = scriptOf(head)
  if (script !== undefined) return depth < MOST_SCRIPTS ? lookAt(script, depth + 1) : undefined
  const linking = linkingOf(head)
  if (linking === 'static') return `${file} is linked statically, so libfaketime can't be put before it`
  if (linking === 'musl') return `${file} is made for musl, and libfaketime here for glibc`
  return timerWords(file)
}

async function headOf(file: string): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } catch {
    return undefined
  }
}

/** The interpreter in the first line; `env` aside, which finds it on the PATH: what is static there is known once it runs. */
export function scriptOf(head: Buffer): string | undefined {
  if (head.toString('latin1', 0, 2) !== '#!') return undefined
  const [line = ''] = head.toString('latin1', 2).split('\n')
  return line.trim().split(' ')[0]
}

/** `static`, `musl`, or another dynamic one; `undefined` for what is no ELF file. elf(5), "Program header (Phdr)". */
export function linkingOf(head: Buffer): 'static' | 'musl' | 'dynamic' | undefined {
  if (head.length < 64 || head.toString('latin1', 1, 4) !== 'ELF') return undefined
  const [is64, isLittle] = [head[4] === 2, head[5] === 1]
  const u16 = (at: number) => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at))
  const u32 = (at: number) => (isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at))
  const word = (at: number) => (is64 ? Number(isLittle ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at)) : u32(at))
  const [table, size, count] = is64 ? [word(32), u16(54), u16(56)] : [word(28), u16(42), u16(44)]
  for (let n = 0; n < count; n++) {
    const at = table + n * size
    if (at + size > head.length) return 'dynamic'
    if (u32(at) !== INTERPRETER) continue
    const from = word(at + (is64 ? 8 : 4))
    return head.toString('latin1', from, from + 64).includes('musl') ? 'musl' : 'dynamic'
  }
  return 'static'
}

/** PT_INTERP. */
const INTERPRETER = 3

const ASKED_S = 60
const SPEED = 100

/** How an interpreter is asked what its own timer does: it prints its clock before and after waiting, in milliseconds. */
const QUESTIONS: readonly (readonly [name: RegExp, ...args: string[]])[] = [
  [/^python[\d.]*$/, '-c', `import time\nfor _ in 0,1: print(time.monotonic()*1000); time.sleep(${ASKED_S}*(1-_))`],
  [
    /^node$/,
    '-p',
    `const h=()=>Number(process.hrtime.bigint())/1e6,a=h();Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,${ASKED_S * 1000});[a,h()].join('\\n')`,
  ],
]

/** Longer: its start and its compiler take seconds of a busy machine. */
const JVM_ASKED_S = 200

/** The same of a JVM, which compiles it on the way where it has its compiler: JEP 330. */
const JAVA = `class Ask { public static void main(String[] a) throws Exception {
  for (int left = 1; left >= 0; left--) { System.out.println(System.nanoTime() / 1e6); Thread.sleep(${JVM_ASKED_S * 1000}L * left); } } }`
/** What a JVM without a compiler says; then what is in its memory while it runs has to do. */
const NO_COMPILER = /jdk\.compiler/

async function questionTo(file: string, folder: string): Promise<readonly string[] | undefined> {
  if (basename(file) !== 'java')
    return QUESTIONS.find(([name]) => name.test(basename(file)))?.slice(1) as string[] | undefined
  const source = join(folder, 'Ask.java')
  await writeFile(source, JAVA)
  return [source]
}

const isTimeout = (error: unknown): boolean => error instanceof Error && 'timedOut' in error && error.timedOut === true

async function timerWords(file: string): Promise<string | undefined> {
  const folder = await guardedFolder('ask')
  try {
    const args = await questionTo(file, folder.path)
    if (args === undefined) return undefined
    const { tookMs, lines } = await answered((await fasterTime(SPEED)).enter(file, args))
    const [from = 0, to = 0] = lines.map(Number)
    const why = unlike(to - from, tookMs, (basename(file) === 'java' ? JVM_ASKED_S : ASKED_S) * 1000)
    return why && `the timer of ${file} is not made faster by libfaketime: ${why}`
  } catch (error) {
    // Who did not come to answer on a busy machine is looked at while it runs.
    if (NO_COMPILER.test(messageOf(error)) || isTimeout(error)) return undefined
    return `${file} can't be run with libfaketime: ${messageOf(error).split('\n')[0]}`
  } finally {
    await folder.remove()
  }
}

/** A program of ours that was made to count faster by itself. */
const isMadeFaster = (file: string): boolean =>
  file.startsWith(peersFolder() + sep) && /-faster$/.test(file.slice(peersFolder().length + 1).split(sep)[0] ?? '')

/**
 * Of these processes and all that they started: one that goes by the machine's time, in words, or that was given another speed than
 * `speed`; absent: its clocks are set, and at which speed they run is asked elsewhere.
 */
export async function unreachedProcess(
  pids: readonly number[],
  library: string,
  speed?: number,
): Promise<string | undefined> {
  for (const pid of pids.flatMap(familyOf)) {
    const [maps, file, environment] = await Promise.all([
      readFile(`/proc/${pid}/maps`, 'latin1').catch(() => ''),
      readlink(`/proc/${pid}/exe`).catch(() => ''),
      readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    ])
    // It has ended, or has just begun.
    if (maps === '' || file === '') continue
    const isMade = isMadeFaster(file)
    if (!isMade && !maps.includes(library))
      return `${file} (pid ${pid}) goes by the machine's time: libfaketime is not in it`
    const other = speed === undefined ? undefined : otherSetting(environment, isMade, speed)
    if (other !== undefined) return `${file} (pid ${pid}) does not run at the lab's x${speed}: ${other}`
  }
  return undefined
}

/** What a process was started with decides how fast its time is: a script may have changed it on the way. */
export function otherSetting(environment: string, isMade: boolean, speed: number): string | undefined {
  const variables = new Map(
    environment.split('\0').map(line => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
  )
  const [name, wanted] = isMade ? ['HALFOPEN_SPEED', String(speed)] : ['FAKETIME', fasterBy(speed)]
  const given = variables.get(name)
  if (environment === '' || given === wanted) return undefined
  return given === undefined ? `it was started without ${name}` : `it was started with ${name}=${given}, not ${wanted}`
}
