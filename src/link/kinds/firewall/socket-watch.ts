import { spawn } from 'node:child_process'
import { lastWordsOf } from '../../../processes/last-words.ts'
import { guardProcess, startReaper } from '../../../processes/reaper.ts'
import { type ToolRun, toolEnv } from '../../../processes/run-tool.ts'
import { tetherByKernel } from '../../../processes/tether.ts'

/** What the kernel says of a socket, when it has changed. */
export interface SocketReport {
  /** As include/net/tcp_states.h numbers it; 0: there is none with these addresses. */
  readonly state: number
  /** Bytes that were written and nobody has acknowledged; a FIN counts as one. */
  readonly sendBytes: number
  /** Bytes that were acknowledged since the socket began; 0 where the kernel does not tell. */
  readonly ackedBytes: number
  /** When it was last looked at before, and it was otherwise then; `undefined`: this is the first look. */
  readonly lookedMs: number | undefined
  /** This look was over then. Both on the machine's monotonic clock. */
  readonly seenMs: number
}

/** Looks at sockets of another network namespace, often, and tells what changes. */
export interface SocketWatch extends AsyncDisposable {
  /** Addresses like `10.77.1.2:40000`. `id`: of the caller's choice, and not one that was used before. */
  watch(id: number, local: string, remote: string): void
  forget(id: number): void
}

interface Context {
  /** The command that becomes this program in the namespace. */
  readonly enter: (file: string, args: readonly string[]) => ToolRun
  readonly changed: (id: number, report: SocketReport) => void
  /** It has ended by itself, with these words. */
  readonly trouble: (note: string) => void
  /** How it looks; absent: by sock_diag where the kernel has it. */
  readonly how?: 'sock_diag' | 'table'
}

/** At once; what is to be watched waits until the program is there. */
export function startSocketWatch({ enter, changed, trouble, how }: Context): SocketWatch {
  startReaper()
  const [program, ...own] = tetherByKernel(['perl', '-e', LOOKER, ...(how ? [how] : [])])
  const [file, ...args] = enter(program, own)
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: toolEnv() })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const ended = lastWordsOf(child).finally(release)
  let isOver = false
  ended.then(why => isOver || trouble(`nobody looks at the sockets of a peer any more: ${why}`))
  let rest = ''
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [id = 0, state = 0, sendBytes = 0, ackedBytes = 0, looked = 0, seen = 0] = line.split(' ').map(Number)
      const lookedMs = looked > 0 ? looked / 1000 : undefined
      changed(id, { state, sendBytes, ackedBytes, lookedMs, seenMs: seen / 1000 })
    }
  })
  // Where it has ended, that is told already.
  child.stdin.on('error', () => {})
  return {
    watch: (id, local, remote) => void child.stdin.write(`+ ${id} ${local} ${remote}\n`),
    forget: id => void child.stdin.write(`- ${id}\n`),
    async [Symbol.asyncDispose]() {
      isOver = true
      child.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * Node has no netlink sockets; perl is on every Debian. It takes lines `+ ID LOCAL REMOTE` and `- ID`, and tells of each socket that is new
 * or has changed `ID STATE SEND ACKED LOOKED SEEN`: SEND and ACKED in bytes, LOOKED and SEEN in microseconds of CLOCK_MONOTONIC.
 *
 * It asks for one socket by its addresses (sock_diag(7), linux/inet_diag.h: 20 is SOCK_DIAG_BY_FAMILY, 1 << 1 asks for INET_DIAG_INFO, in
 * whose tcp_info stands tcpi_bytes_acked): 5 us, where /proc/net/tcp takes 5 ms, since it walks through the kernel's table for all
 * namespaces. Where the kernel has no tcp_diag that is what it reads, so seldom that it takes no more than a twentieth of a processor.
 */
const LOOKER = `
use strict;
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my $EVERY = 0.005;
sub now { return clock_gettime(CLOCK_MONOTONIC) }
my ($how) = @ARGV;

my $diag;
sub asking { my ($local, $remote) = @_;
  my ($from, $sport, $to, $dport) = map { split /:/ } $local, $remote;
  my $socket = pack('nn', $sport, $dport) . inet_aton($from) . "\\0" x 12 . inet_aton($to) . "\\0" x 12 . pack('L3', 0, 0xffffffff, 0xffffffff);
  my $body = pack('CCCCL', 2, 6, 1 << 1, 0, 0xffffffff) . $socket;
  return pack('LSSLL', 16 + length $body, 20, 1, 1, 0) . $body;
}
# State, bytes to send, bytes acknowledged; nothing where the kernel can't be asked.
sub diagnosed { my ($question) = @_;
  send($diag, $question, 0, pack('SSLL', 16, 0, 0, 0)) or return;
  defined recv($diag, my $answer, 65536, 0) or return;
  my (undef, $type) = unpack('LS', $answer);
  # -2 is ENOENT: it knows no such socket.
  return $type == 2 && unpack('x16 l', $answer) == -2 ? (0, 0, 0) : () if $type != 20;
  my ($state, $send) = unpack('x17 C x58 L', $answer);
  my $acked = 0;
  for (my $at = 16 + 72; $at + 4 <= length $answer;) {
    my ($length, $attribute) = unpack("x$at SS", $answer);
    last if $length < 4;
    $acked = unpack('x' . ($at + 4 + 120) . ' Q', $answer) if $attribute == 2 && $length >= 4 + 128;
    $at += ($length + 3) & ~3;
  }
  return ($state, $send, $acked);
}
sub answers { my @answer = diagnosed(asking('127.0.0.1:1', '127.0.0.1:1')); return scalar @answer }
undef $diag unless ($how // '') ne 'table' && socket($diag, 16, SOCK_DGRAM, 4) && answers();
die "the kernel has no sock_diag\\n" if ($how // '') eq 'sock_diag' && !$diag;

sub hex_address { my ($host, $port) = split /:/, $_[0]; return sprintf '%08X:%04X', unpack('L', inet_aton($host)), $port }
sub table { open(my $file, '<', '/proc/self/net/tcp') or die "no table of sockets: $!"; local $/; return <$file> }
sub tabled { my ($table, $words) = @_;
  return (0, 0, 0) unless $table =~ /: $words ([0-9A-F]{2}) ([0-9A-F]{8}):/;
  return (hex $1, hex $2, 0);
}

my (%watched, $given);
sub told { my ($line) = @_;
  my ($sign, $id, $local, $remote) = split ' ', $line;
  return delete $watched{$id} if $sign eq '-';
  $watched{$id} = { ask => asking($local, $remote), words => hex_address($local) . ' ' . hex_address($remote), looked => 0, last => '' };
}
sub look {
  my $said = '';
  my $before = now();
  my $table = $diag ? undef : table();
  for my $id (keys %watched) {
    my $each = $watched{$id};
    $before = now() if $diag;
    my ($state, $send, $acked) = $diag ? diagnosed($each->{ask}) : tabled($table, $each->{words});
    my $after = now();
    next unless defined $state;
    my $now = $state . ' ' . ($send + $acked);
    $said .= sprintf "%d %d %d %d %.0f %.0f\\n", $id, $state, $send, $acked, $each->{looked} * 1e6, $after * 1e6 if $now ne $each->{last};
    @$each{'looked', 'last'} = ($before, $now);
  }
  while (length $said) {
    my $written = syswrite(STDOUT, $said);
    exit unless defined $written;
    substr($said, 0, $written, '');
  }
}

my $next = 0;
my $ready = '';
vec($ready, fileno(STDIN), 1) = 1;
for (;;) {
  my $left = %watched ? $next - now() : undef;
  if (select(my $is = $ready, undef, undef, defined $left && $left < 0 ? 0 : $left) > 0) {
    sysread(STDIN, $given, 65536, length($given // '')) or exit;
    told($1) while $given =~ s/^(.*)\\n//;
  }
  next unless %watched && now() >= $next;
  my $began = now();
  look();
  my $took = $diag ? 0 : now() - $began;
  $next = now() + ($EVERY > 19 * $took ? $EVERY : 19 * $took);
}`
