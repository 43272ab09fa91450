/** What the watcher in the firewall's namespace writes: a header of five big-endian words, then the packet from its IP header on. */
import type { Side } from '../../model/flow.ts'
import { parseSegment, type Segment } from './segment.ts'

/**
 * The watcher. Node has no packet sockets and tcpdump refuses to work as root of a user namespace; perl is on every Debian and
 * most other systems. One socket for both interfaces, so that all is in order. 0x8907 is SIOCGSTAMPNS: the kernel's date of
 * the packet that was read last; asked for once in advance, since it dates only if somebody asks. 33 is SO_RCVBUFFORCE.
 */
export const WATCHER = `
socket(my $s, 17, 2, unpack('S', pack('n', 3))) or die "no packet socket: $!";
setsockopt($s, 1, 33, pack('i', 8388608)) or setsockopt($s, 1, 8, pack('i', 8388608));
my $date = ' ' x 16;
ioctl($s, 0x8907, $date);
syswrite(STDOUT, pack('N5', 0, 0, 0, 0, 0));
for (;;) {
  my $from = recv($s, my $packet, 262144, 0);
  defined $from or die "can't read packets: $!";
  my (undef, $protocol, $interface, undef, $type) = unpack('S n i S C', $from);
  next if $protocol != 0x800 || substr($packet, 9, 1) ne chr(6);
  ioctl($s, 0x8907, $date);
  my ($seconds, $nanoseconds) = unpack('q2', $date);
  my $frame = pack('N5', length $packet, $interface, $type, $seconds, $nanoseconds) . $packet;
  while (length $frame) {
    my $written = syswrite(STDOUT, $frame);
    exit unless defined $written;
    substr($frame, 0, $written, '');
  }
}`

const HEADER = 20
/** PACKET_HOST and PACKET_OUTGOING of packet(7). */
const TO_US = 0
const FROM_US = 4

/** Takes the watcher's output piece by piece. `sides`: which side is behind each interface, by its number. */
export class FrameReader {
  readonly #sides: ReadonlyMap<number, Side>
  #rest: Buffer = Buffer.alloc(0)

  constructor(sides: ReadonlyMap<number, Side>) {
    this.#sides = sides
  }

  /** The segments that this piece completes, in the order in which the kernel saw them. */
  push(piece: Buffer): readonly Segment[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    const segments: Segment[] = []
    while (bytes.length >= HEADER && bytes.length >= HEADER + bytes.readUInt32BE(0)) {
      const end = HEADER + bytes.readUInt32BE(0)
      const segment = this.#read(bytes.subarray(0, end))
      if (segment) segments.push(segment)
      bytes = bytes.subarray(end)
    }
    this.#rest = Buffer.from(bytes)
    return segments
  }

  #read(frame: Buffer): Segment | undefined {
    const [, device, type, seconds, nanoseconds] = [0, 4, 8, 12, 16].map(at => frame.readUInt32BE(at)) as Header
    const edge = this.#sides.get(device)
    if (edge === undefined || (type !== TO_US && type !== FROM_US)) return undefined
    const wallMs = seconds * 1000 + nanoseconds / 1_000_000
    return parseSegment(frame.subarray(HEADER), { wallMs, edge, way: type === TO_US ? 'in' : 'out' })
  }
}

type Header = [length: number, device: number, type: number, seconds: number, nanoseconds: number]
