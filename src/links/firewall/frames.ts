/** What the watcher in the firewall's namespace writes: a header of six big-endian words, then the packet from its IP header on. */
import type { Side } from '../../model/flow.ts'
import { parseSegment, type Segment } from './segment.ts'

/**
 * The watcher. Node has no packet sockets and tcpdump refuses to work as root of a user namespace; perl is on every Debian and
 * most other systems. One socket for both interfaces, so that all is in order. 0x8907 is SIOCGSTAMPNS: the kernel's date of
 * the packet that was read last; asked for once in advance, since it dates only if somebody asks. 33 is SO_RCVBUFFORCE.
 *
 * The kernel dates packets on the calendar's clock, which may be set or slewed meanwhile. So the watcher looks at both clocks for
 * each packet: it was dated as long ago on the monotonic clock as on the calendar's. The date is late by what passed between the two
 * looks; and where the clocks moved apart by more than a millisecond since the packet before, by all that passed since then.
 */
export const WATCHER = `
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_REALTIME);
socket(my $s, 17, 2, unpack('S', pack('n', 3))) or die "no packet socket: $!";
setsockopt($s, 1, 33, pack('i', 8388608)) or setsockopt($s, 1, 8, pack('i', 8388608));
my $date = ' ' x 16;
ioctl($s, 0x8907, $date);
syswrite(STDOUT, pack('N6', 0, 0, 0, 0, 0, 0));
my ($apart, $last) = (undef, clock_gettime(CLOCK_MONOTONIC));
for (;;) {
  my $from = recv($s, my $packet, 262144, 0);
  defined $from or die "can't read packets: $!";
  my (undef, $protocol, $interface, undef, $type) = unpack('S n i S C', $from);
  next if $protocol != 0x800 || substr($packet, 9, 1) ne chr(6);
  ioctl($s, 0x8907, $date);
  my ($seconds, $nanoseconds) = unpack('q2', $date);
  my $before = clock_gettime(CLOCK_MONOTONIC);
  my $wall = clock_gettime(CLOCK_REALTIME);
  my $after = clock_gettime(CLOCK_MONOTONIC);
  my $now = $wall - $after;
  my $isSet = defined $apart && abs($now - $apart) > 0.001 + $after - $before;
  my $seen = $isSet ? $after : $after - ($wall - $seconds - $nanoseconds / 1e9);
  my $late = $after - ($isSet ? $last : $before);
  ($apart, $last) = ($now, $after);
  my $frame = pack('N6', length $packet, $interface, $type, int $seen, ($seen - int $seen) * 1e9, $late * 1e6) . $packet;
  while (length $frame) {
    my $written = syswrite(STDOUT, $frame);
    exit unless defined $written;
    substr($frame, 0, $written, '');
  }
}`

const HEADER = 24
/** PACKET_HOST and PACKET_OUTGOING of packet(7). */
const TO_US = 0
const FROM_US = 4

/** A segment that the firewall sends to itself, so that the watcher sees it behind all that came before: an RST, which draws no answer. */
export const markNumbered = (number: number) => ({ from: MARK, to: MARK, seq: number, ack: 0 })
const MARK = '127.0.0.1:9'

/** The number of a mark. */
export interface Mark {
  readonly mark: number
}

/** Takes the watcher's output piece by piece. `sides`: which side is behind each interface, by its number. */
export class FrameReader {
  readonly #sides: ReadonlyMap<number, Side>
  #rest: Buffer = Buffer.alloc(0)

  constructor(sides: ReadonlyMap<number, Side>) {
    this.#sides = sides
  }

  /** The segments and marks that this piece completes, in the order in which the kernel saw them. */
  push(piece: Buffer): readonly (Segment | Mark)[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    const seen: (Segment | Mark)[] = []
    while (bytes.length >= HEADER && bytes.length >= HEADER + bytes.readUInt32BE(0)) {
      const end = HEADER + bytes.readUInt32BE(0)
      const one = this.#read(bytes.subarray(0, end))
      if (one) seen.push(one)
      bytes = bytes.subarray(end)
    }
    this.#rest = Buffer.from(bytes)
    return seen
  }

  #read(frame: Buffer): Segment | Mark | undefined {
    const [, device, type, seconds, nanoseconds, lateUs] = [0, 4, 8, 12, 16, 20].map(at =>
      frame.readUInt32BE(at),
    ) as Header
    const edge = this.#sides.get(device)
    if (type !== TO_US && type !== FROM_US) return undefined
    const date = { seenMs: seconds * 1000 + nanoseconds / 1_000_000, lateMs: lateUs / 1000 }
    const sighting = { ...date, edge: edge ?? 'client', way: type === TO_US ? 'in' : 'out' } as const
    const segment = parseSegment(frame.subarray(HEADER), sighting)
    if (edge !== undefined) return segment
    return segment?.from === MARK && segment.to === MARK && segment.rst ? { mark: segment.seq } : undefined
  }
}

type Header = [length: number, device: number, type: number, seconds: number, nanoseconds: number, lateUs: number]
