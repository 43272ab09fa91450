/** What the watcher in the firewall's namespace writes: a header of eleven big-endian words, then the packet from its IP header on. */
import type { Side } from '../../../model/flow.ts'
import { parseSegment, type TcpSegment } from './tcp-segment.ts'

/**
 * The watcher. Node has no packet sockets and tcpdump refuses to work as root of a user namespace; perl is on every Debian and
 * most other systems. One socket for both interfaces, so that all is in order. 0x8907 is SIOCGSTAMPNS: the kernel's date of
 * the packet that was read last; asked for once in advance, since it dates only if somebody asks. 33 is SO_RCVBUFFORCE.
 *
 * The kernel dates packets on the calendar's clock, which may be set or slewed meanwhile. So the watcher looks at both clocks for
 * each packet, before the first one, and four times a second while none comes (a frame of the type LOOK).
 */
export const WATCHER = `
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_REALTIME);
socket(my $s, 17, 2, unpack('S', pack('n', 3))) or die "no packet socket: $!";
setsockopt($s, 1, 33, pack('i', 8388608)) or setsockopt($s, 1, 8, pack('i', 8388608));
my $date = ' ' x 16;
ioctl($s, 0x8907, $date);
sub clocks {
  my $before = clock_gettime(CLOCK_MONOTONIC);
  my $wall = clock_gettime(CLOCK_REALTIME);
  my $after = clock_gettime(CLOCK_MONOTONIC);
  return map { (int $_, ($_ - int $_) * 1e9) } ($before, $wall, $after);
}
sub put { my ($frame) = @_;
  while (length $frame) {
    my $written = syswrite(STDOUT, $frame);
    exit unless defined $written;
    substr($frame, 0, $written, '');
  }
}
sub look { put(pack('N11', 0, 0, 255, 0, 0, clocks())) }
look();
my $ready = '';
vec($ready, fileno($s), 1) = 1;
for (;;) {
  my $found = select(my $is = $ready, undef, undef, 0.25);
  look() if $found == 0;
  next if $found < 1;
  my $from = recv($s, my $packet, 262144, 0);
  defined $from or die "can't read packets: $!";
  my (undef, $protocol, $interface, undef, $type) = unpack('S n i S C', $from);
  next if $protocol != 0x800 || substr($packet, 9, 1) ne chr(6);
  ioctl($s, 0x8907, $date);
  my ($seconds, $nanoseconds) = unpack('q2', $date);
  put(pack('N11', length $packet, $interface, $type, $seconds, $nanoseconds, clocks()) . $packet);
}`

const HEADER = 44
/** PACKET_HOST and PACKET_OUTGOING of packet(7); LOOK is the watcher's own: no packet, only the clocks. */
const TO_US = 0
const FROM_US = 4
const LOOK = 255

/** A segment that the firewall sends to itself, so that the watcher sees it behind all that came before: an RST, which draws no answer. */
export const markNumbered = (number: number) => ({ from: MARK, to: MARK, seq: number, ack: 0 })
const MARK = '127.0.0.1:9'

/** The number of a mark. */
interface Mark {
  readonly mark: number
}

/** Something is wrong with dates. */
interface DateTrouble {
  readonly trouble: string
}

/** Takes each packet of both sides as it is: its date on the calendar's clock, and its bytes from the IP header on. */
export type PacketSink = (edge: Side, dateMs: number, packet: Buffer) => void

/** Takes the watcher's output piece by piece. `sides`: which side is behind each interface, by its number. */
export class FrameReader {
  readonly #sides: ReadonlyMap<number, Side>
  readonly #kept: PacketSink | undefined
  readonly #calendar = new Calendar()
  #rest: Buffer = Buffer.alloc(0)

  constructor(sides: ReadonlyMap<number, Side>, kept?: PacketSink) {
    this.#sides = sides
    this.#kept = kept
  }

  /** The segments and marks that this piece completes, in the order in which the kernel saw them. */
  push(piece: Buffer): readonly (TcpSegment | Mark | DateTrouble)[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    const seen: (TcpSegment | Mark | DateTrouble)[] = []
    while (bytes.length >= HEADER && bytes.length >= HEADER + bytes.readUInt32BE(0)) {
      const end = HEADER + bytes.readUInt32BE(0)
      seen.push(...this.#read(bytes.subarray(0, end)))
      bytes = bytes.subarray(end)
    }
    this.#rest = Buffer.from(bytes)
    return seen
  }

  #read(frame: Buffer): readonly (TcpSegment | Mark | DateTrouble)[] {
    const [device, type] = [frame.readUInt32BE(4), frame.readUInt32BE(8)]
    const look: ClockLook = { beforeMs: msAt(frame, 20), wallMs: msAt(frame, 28), afterMs: msAt(frame, 36) }
    if (type === LOOK) this.#calendar.look(look)
    if (type !== TO_US && type !== FROM_US) return []
    const edge = this.#sides.get(device)
    if (edge !== undefined) this.#kept?.(edge, msAt(frame, 12), frame.subarray(HEADER))
    const { trouble, ...date } = this.#calendar.dated(msAt(frame, 12), look)
    const sighting = { ...date, edge: edge ?? 'client', way: type === TO_US ? 'in' : 'out' } as const
    const segment = parseSegment(frame.subarray(HEADER), sighting)
    const found = edge === undefined ? markIn(segment) : segment
    if (found === undefined) return []
    return trouble === undefined ? [found] : [{ trouble }, found]
  }
}

/** Seconds and nanoseconds. */
const msAt = (frame: Buffer, at: number): number =>
  frame.readUInt32BE(at) * 1000 + frame.readUInt32BE(at + 4) / 1_000_000

const markIn = (segment: TcpSegment | undefined): Mark | undefined =>
  segment?.from === MARK && segment.to === MARK && segment.rst ? { mark: segment.seq } : undefined

/** A look at both clocks: the calendar's between two of the monotonic one. In milliseconds; microseconds are kept. */
export interface ClockLook {
  readonly beforeMs: number
  readonly wallMs: number
  readonly afterMs: number
}

/** When the kernel saw a packet, on the monotonic clock: at `seenMs`, or up to `lateMs` before. */
interface KernelDate {
  readonly seenMs: number
  readonly lateMs: number
  /** The date makes no sense: why. */
  readonly trouble?: string
}

/** Apart from being set, the calendar's clock is slewed by up to 0.5 ms a second (adjtime(3)). */
const MOVED_MS = 1
/** What two looks at clocks and the kernel's own rounding may differ by. */
const EXACT_MS = 1

/** The watcher has waited in vain for 250 ms when it looks at the clocks; a packet is dated a little before it can be read. */
const WAITED_MS = 250 - 25

interface Step {
  /** The clock had not moved then. */
  readonly sinceMs: number
  /** What was dated before it moved seems to have come before this moment. */
  readonly untilMs: number
}

/**
 * From dates of the kernel, which are on the calendar's clock, to the monotonic clock. The calendar's clock may be set (NTP, a person) or
 * slewed meanwhile, so its offset is looked at again and again. A packet that was read after the clock moved may have been dated before:
 * its date is an interval that begins where the clock had not moved yet. Pure.
 */
export class Calendar {
  #apartMs: number | undefined
  /** The last look, and the last one at a moment when nothing waited to be read: what is read later may have come since then. */
  #lastMs = 0
  #idleMs = 0
  /** What is read from now on came after this moment, whatever the calendar's clock did: the watcher had waited in vain until then. */
  #quietMs = Number.NEGATIVE_INFINITY
  #step: Step | undefined

  /** The offset at a moment when nothing waits to be read. */
  look(look: ClockLook): void {
    // It may have been kept from running between its wait and its look.
    if (this.#apartMs !== undefined) this.#quietMs = Math.min(look.beforeMs, this.#lastMs + WAITED_MS)
    this.#see(look)
    this.#idleMs = look.afterMs
  }

  #see({ beforeMs, wallMs, afterMs }: ClockLook): void {
    const apartMs = wallMs - afterMs
    const movedMs = this.#apartMs === undefined ? 0 : apartMs - this.#apartMs
    if (Math.abs(movedMs) > MOVED_MS + afterMs - beforeMs) {
      const sinceMs = Math.min(
        this.#step && this.#lastMs < this.#step.untilMs ? this.#step.sinceMs : Infinity,
        this.#idleMs,
      )
      this.#step = { sinceMs, untilMs: afterMs + Math.max(0, -movedMs) }
    }
    this.#apartMs = apartMs
    this.#lastMs = afterMs
  }

  /** `dateMs`: the kernel's, on the calendar's clock; `look`: taken right after it was read. */
  dated(dateMs: number, look: ClockLook): KernelDate {
    const fromMs = this.#apartMs === undefined ? look.beforeMs : this.#idleMs
    this.#see(look)
    const { beforeMs, wallMs, afterMs } = look
    const seenMs = afterMs - (wallMs - dateMs)
    const step = this.#step
    if (step && seenMs < step.untilMs) return { seenMs: afterMs, lateMs: afterMs - step.sinceMs }
    if (seenMs < this.#quietMs - EXACT_MS) {
      const agoMs = Math.round(this.#quietMs - seenMs)
      return {
        seenMs: afterMs,
        lateMs: afterMs - this.#quietMs,
        trouble: `the kernel dated a packet ${agoMs} ms before it can have come: the clock of the calendar was set meanwhile, and set back`,
      }
    }
    if (seenMs <= afterMs + EXACT_MS) return { seenMs: Math.min(seenMs, afterMs), lateMs: afterMs - beforeMs }
    const aheadMs = Math.round(seenMs - afterMs)
    return {
      seenMs: afterMs,
      lateMs: afterMs - fromMs,
      trouble: `the kernel dated a packet ${aheadMs} ms in the future: the clock of the calendar was set meanwhile`,
    }
  }
}
