/**
 * An independent witness of what the firewall's kernel let through: traffic without a pause through a world of its own, and tcpdump on
 * both of the firewall's interfaces.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import which from 'which'
import type { Clock } from '../../../src/clock/clock.ts'
import { realClock } from '../../../src/clock/real.ts'
import { openWorld, type World } from '../../../src/labs/netns/world.ts'
import { Firewall } from '../../../src/link/kinds/firewall/firewall-link.ts'
import type { FirewallPlace } from '../../../src/link/kinds/firewall/firewall-place.ts'
import type { Event } from '../../../src/model/event.ts'

export const noTcpdump: string | undefined =
  process.getuid?.() !== 0
    ? 'tcpdump needs root'
    : (await which('tcpdump', { nothrow: true, path: `${process.env.PATH}:/usr/sbin` })) === null
      ? 'tcpdump is not there: apt-get install tcpdump'
      : undefined

/** A packet of the client's as the firewall's kernel saw it, on the run's clock. */
export interface Seen {
  /** Of the client's connection. */
  readonly port: number
  readonly atMs: number
  readonly passed: boolean
}

/** Programs for perl. A datagram every 0.2 ms; a segment every 0.4 ms on a connection; a server that reads. */
export const DATAGRAMS = `
use Socket;
socket(my $s, PF_INET, SOCK_DGRAM, 17);
my $to = sockaddr_in(9, inet_aton('10.77.2.2'));
for (my $n = 0; ; $n++) { send($s, pack('N', $n), 0, $to); select(undef, undef, undef, 0.0002) }`
export const SEGMENTS = `
use Socket;
socket(my $s, PF_INET, SOCK_STREAM, 6);
setsockopt($s, 6, 1, pack('i', 1));
connect($s, sockaddr_in(1883, inet_aton('10.77.2.2'))) or die $!;
for (my $n = 0; ; $n++) { syswrite($s, pack('N', $n)); select(undef, undef, undef, 0.0004) }`
export const SERVER = `
use Socket;
socket(my $s, PF_INET, SOCK_STREAM, 6);
setsockopt($s, SOL_SOCKET, SO_REUSEADDR, pack('i', 1));
bind($s, sockaddr_in(1883, INADDR_ANY)) or die $!;
listen($s, 128);
$| = 1;
print "listening\\n";
my @all;
for (;;) { accept(my $c, $s); push @all, $c }`

/**
 * Connections that are silent but for one probe each: about as long after its last packet as the argument says (milliseconds), some a
 * little earlier and some a little later. Where the second argument is not 0, each speaks once after so many milliseconds first. It
 * says the ports, in the order of connecting.
 */
export const PROBES = `
use Socket; use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);
my ($after, $speak, $count, $apart) = @ARGV;
my @due;
sub now { return clock_gettime(CLOCK_MONOTONIC) * 1000 }
for my $i (0 .. $count - 1) {
  socket(my $s, PF_INET, SOCK_STREAM, 6);
  setsockopt($s, 6, 1, pack('i', 1));
  connect($s, sockaddr_in(1883, inet_aton('10.77.2.2'))) or die $!;
  my $delta = ($i % 16 - 6) * $apart;
  push @due, [$s, now() + $speak, $delta];
  sleep 0.003;
}
$| = 1;
print join(' ', map { (sockaddr_in(getsockname $_->[0]))[0] } @due), "\\n";
if ($speak) {
  for my $one (@due) { sleep(($one->[1] - now()) / 1000) if $one->[1] > now(); syswrite($one->[0], 'a'); $one->[1] = now() }
}
for my $one (sort { $a->[1] + $a->[2] <=> $b->[1] + $b->[2] } @due) {
  my $left = $one->[1] + $after + $one->[2] - now();
  sleep($left / 1000) if $left > 0;
  syswrite($one->[0], 'probe');
}
sleep 5;`

/** tcpdump is handed what was captured in blocks, at the latest after a second. */
const BUFFERED_MS = 1200

export interface Stage extends AsyncDisposable {
  readonly clock: Clock
  readonly firewall: Firewall
  readonly events: readonly Event[]
  run(side: 'client' | 'broker', program: string): void
  /** Resolves with the first that it says. */
  runUntilItSpeaks(side: 'client' | 'broker', program: string, ...args: readonly number[]): Promise<string>
  /** Ends the programs and the capture. */
  seen(): Promise<readonly Seen[]>
}

export async function openStage(filter: string): Promise<Stage> {
  const world = await openWorld('root')
  const clock = realClock()
  const events: Event[] = []
  const record = (event: object) => void events.push({ atMs: clock.nowMs(), ...event } as Event)
  const firewall = new Firewall({ clock, record, random: Math.random, runId: 'flood' }, world.firewall)
  await firewall.start('none')
  const capture = await startTcpdump(world.firewall, filter, calendarMs(clock))
  const programs: ChildProcess[] = []
  return {
    clock,
    firewall,
    events,
    run: (side, program) => void programs.push(startIn(world, side, [program])),
    runUntilItSpeaks(side, program, ...args) {
      const child = startIn(world, side, [program, ...args.map(String)])
      programs.push(child)
      return new Promise(resolve => child.stdout?.once('data', text => resolve(String(text))))
    },
    async seen() {
      for (const program of programs) program.kill('SIGKILL')
      await clock.advanceTo(clock.nowMs() + BUFFERED_MS)
      return capture()
    },
    async [Symbol.asyncDispose]() {
      for (const program of programs) program.kill('SIGKILL')
      await firewall[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

function startIn(world: World, side: 'client' | 'broker', program: readonly string[]): ChildProcess {
  const [file, ...args] = world[side].namespace.enter('perl', ['-e', ...program])
  return spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** What to add to a date of the calendar: of many of its milliseconds the one whose beginning was seen best. */
function calendarMs(clock: Clock): number {
  let best = { wideMs: Infinity, offsetMs: 0 }
  for (let look = 0; look < 40; look++) {
    const begunMs = Date.now()
    let beforeMs = clock.nowMs()
    let dateMs = Date.now()
    while (dateMs === begunMs) {
      beforeMs = clock.nowMs()
      dateMs = Date.now()
    }
    const afterMs = clock.nowMs()
    if (dateMs === begunMs + 1 && afterMs - beforeMs < best.wideMs)
      best = { wideMs: afterMs - beforeMs, offsetMs: (beforeMs + afterMs) / 2 - dateMs }
  }
  return best.offsetMs
}

async function startTcpdump(place: FirewallPlace, filter: string, offsetMs: number) {
  const options = [
    '-i',
    'any',
    '-nn',
    '-s',
    '96',
    '-B',
    '16384',
    '--time-stamp-precision=nano',
    '-U',
    '-w',
    '-',
    filter,
  ]
  const [file, ...args] = place.enter('tcpdump', options)
  const path = `${process.env.PATH}:/usr/sbin:/sbin`
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: path } })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', text => {
      said += text
      if (said.includes('listening')) resolve()
    })
    child.once('close', code => reject(new Error(`tcpdump ended with ${code}`)))
  })
  return async (): Promise<readonly Seen[]> => {
    const ended = new Promise(resolve => child.once('close', resolve))
    child.kill('SIGINT')
    await ended
    const lost = /(\d+) packets? dropped by kernel/.exec(said)?.[1]
    if (lost !== '0') throw new Error(`tcpdump lost packets, so nothing is known of them: ${said}`)
    return packetsOf(Buffer.concat(pieces), offsetMs)
  }
}

const NANOSECOND_MAGIC = 0xa1b23c4d
const CLIENT = Buffer.from([10, 77, 1, 2])
/** Of LINKTYPE_LINUX_SLL2; byte 10 is packet(7)'s type, 0 to us and 4 from us. */
const SLL2 = 20

/** What carries something from the client: once in, and once out where it passed. */
function packetsOf(pcap: Buffer, offsetMs: number): readonly Seen[] {
  const perMs = pcap.readUInt32LE(0) === NANOSECOND_MAGIC ? 1e6 : 1e3
  const came = new Map<string, { port: number; atMs: number; passed: boolean }>()
  for (let at = 24; at + 16 <= pcap.length; ) {
    const atMs = pcap.readUInt32LE(at) * 1000 + pcap.readUInt32LE(at + 4) / perMs + offsetMs
    const packet = pcap.subarray(at + 16, at + 16 + pcap.readUInt32LE(at + 8))
    at += 16 + packet.length
    const key = keyOf(packet.subarray(SLL2))
    if (key === undefined) continue
    const known = came.get(key)
    if (packet[10] === 0 && !known) came.set(key, { port: Number(key.split(' ')[0]), atMs, passed: false })
    else if (packet[10] === 4 && known) known.passed = true
  }
  return [...came.values()]
}

/** Its port and what tells it from others; `undefined` where it is not the client's, or empty. */
function keyOf(ip: Buffer): string | undefined {
  const inner = ip.subarray(((ip[0] ?? 0) & 15) * 4)
  if (!ip.subarray(12, 16).equals(CLIENT) || inner.length < 12) return undefined
  const port = inner.readUInt16BE(0)
  if (ip[9] === 17) return `${port} ${inner.readUInt32BE(8)}`
  const headers = ip.length - inner.length + (inner.readUInt8(12) >> 4) * 4
  return ip.readUInt16BE(2) > headers ? `${port} ${inner.readUInt32BE(4)}` : undefined
}
