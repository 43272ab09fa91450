/** What the watcher in the firewall's namespace writes: a header of eleven big-endian words, then the packet from its IP header on. */
import type { Side } from '../../../model/flow.ts'
import { Calendar, type ClockLook } from './calendar.ts'
import { parseSegment, type Segment } from './segment.ts'

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
export interface Mark {
  readonly mark: number
}

/** Something is wrong with dates. */
export interface DateTrouble {
  readonly trouble: string
}

/** Takes the watcher's output piece by piece. `sides`: which side is behind each interface, by its number. */
export class FrameReader {
  readonly #sides: ReadonlyMap<number, Side>
  readonly #calendar = new Calendar()
  #rest: Buffer = Buffer.alloc(0)

  constructor(sides: ReadonlyMap<number, Side>) {
    this.#sides = sides
  }

  /** The segments and marks that this piece completes, in the order in which the kernel saw them. */
  push(piece: Buffer): readonly (Segment | Mark | DateTrouble)[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    const seen: (Segment | Mark | DateTrouble)[] = []
    while (bytes.length >= HEADER && bytes.length >= HEADER + bytes.readUInt32BE(0)) {
      const end = HEADER + bytes.readUInt32BE(0)
      seen.push(...this.#read(bytes.subarray(0, end)))
      bytes = bytes.subarray(end)
    }
    this.#rest = Buffer.from(bytes)
    return seen
  }

  #read(frame: Buffer): readonly (Segment | Mark | DateTrouble)[] {
    const [device, type] = [frame.readUInt32BE(4), frame.readUInt32BE(8)]
    const look: ClockLook = { beforeMs: msAt(frame, 20), wallMs: msAt(frame, 28), afterMs: msAt(frame, 36) }
    if (type === LOOK) this.#calendar.look(look)
    if (type !== TO_US && type !== FROM_US) return []
    const edge = this.#sides.get(device)
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

const markIn = (segment: Segment | undefined): Mark | undefined =>
  segment?.from === MARK && segment.to === MARK && segment.rst ? { mark: segment.seq } : undefined
