import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { between, type Dated } from '../../../clock/clock.ts'
import { lastWordsOf } from '../../../processes/last-words.ts'
import { guardProcess, startReaper } from '../../../processes/reaper.ts'
import { type ToolRun, toolEnv } from '../../../processes/run-tool.ts'
import { tetherByKernel } from '../../../processes/tether.ts'

/** An RST as its receiver will believe it: from the peer's address, with the next byte's number. Addresses like `10.77.1.2:40000`. */
export interface Reset {
  readonly from: string
  readonly to: string
  readonly seq: number
  readonly ack: number
}

/** What was done, what was said of it, and between which moments of the run's clock it was done. */
interface Done extends Dated {
  readonly said: string
}

/**
 * A process in the firewall's network that is there before it is needed, so that an order takes a millisecond and no process has
 * to be started for it. It reads the clock itself, right before and right after, so that nothing that this process is busy
 * with makes a date worse. Orders are carried out one after the other; each rejects where the kernel refuses it.
 */
export interface Executor {
  /** How exactly the kernel's timers count. */
  readonly tickMs: number
  /** Rules for nft(8), in one transaction. */
  nft(rules: string): Promise<Done>
  /** A shell script. */
  shell(script: string): Promise<Done>
  /** Empties the kernel's table of connections. */
  flush(): Promise<Done>
  /** Takes one connection out of that table, by its client's and its broker's address; no error where it is not there. */
  forget(client: string, broker: string): Promise<Done>
  /** Sends a segment that comes from neither peer: nft answers packets with RST, but only the sender, and only when there is one. */
  reset(reset: Reset): Promise<Done>
}

type Answer = Pick<ExecutorAnswer, 'fromMs' | 'toMs' | 'said'>
type Ask = (what: string, text: string) => Promise<Answer>

interface Waiting {
  done(answer: Answer): void
  failed(error: Error): void
}

/** Where it runs, the firewall's network is: it holds that namespace. */
export interface ExecutorProcess extends AsyncDisposable {
  readonly pid: number
  /** `offsetMs`: what to add to the machine's monotonic clock for the run's. */
  executor(offsetMs: number): Executor
}

/** `enter`: the command that becomes this program in the firewall's network, by exec. Rejects with its last words where it ends at once. */
export async function startExecutor(
  enter: (file: string, args: readonly string[]) => ToolRun,
): Promise<ExecutorProcess> {
  startReaper()
  const [program, ...own] = tetherByKernel(['perl', '-e', EXECUTOR])
  const [file, ...args] = enter(program, own)
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: toolEnv(),
  })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const waiting = new Map<number, Waiting>()
  const ended = lastWordsOf(child).finally(release)
  let gone: Error | undefined
  ended.then(why => {
    gone = new Error(`the firewall takes no orders any more: ${why}`)
    for (const each of waiting.values()) each.failed(gone)
    waiting.clear()
  })
  const reader = new AnswerReader()
  child.stdout.on('data', (piece: Buffer) => {
    for (const { id, ok, fromMs, toMs, said } of reader.push(piece)) {
      const each = waiting.get(id)
      waiting.delete(id)
      if (ok) each?.done({ fromMs, toMs, said })
      else each?.failed(new Error(complaintIn(said)))
    }
  })
  let asked = 0
  const ask: Ask = (what, text) =>
    new Promise((done, failed) => {
      if (gone) return failed(gone)
      waiting.set(++asked, { done, failed })
      const bytes = Buffer.from(text)
      child.stdin.write(Buffer.concat([Buffer.from(`${asked} ${what} ${bytes.length}\n`), bytes]))
    })
  // Where it has ended, the orders hear of it.
  child.stdin.on('error', () => {})
  const { said: tick } = await ask('tick', '').catch(async error => {
    child.kill('SIGKILL')
    await ended
    throw error
  })
  const { pid } = child
  if (pid === undefined) throw new Error('no process')
  return {
    pid,
    executor: offsetMs => executorOf(ask, Number(tick), offsetMs),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function executorOf(ask: Ask, tickMs: number, offsetMs: number): Executor {
  const order = async (what: string, text: string): Promise<Done> => {
    const { fromMs, toMs, said } = await ask(what, text)
    return { ...between(fromMs + offsetMs, toMs + offsetMs), said }
  }
  return {
    tickMs,
    nft: rules => order('nft', rules),
    shell: script => order('shell', script),
    flush: () => order('flush', ''),
    forget: (client, broker) => order('forget', `${client} ${broker}`),
    reset: ({ from, to, seq, ack }) => order('reset', `${from} ${to} ${seq} ${ack}`),
  }
}

/** nft shows all of the rules that it complains of, behind its complaint. */
const complaintIn = (said: string): string => /^.*Error: .*$/m.exec(said)?.[0] ?? said.trim()

/**
 * The executor in the firewall's network, and what it writes. An order is a line `ID WHAT LENGTH` and LENGTH bytes; an answer is a
 * line `ID STATUS FROM TO LENGTH` (status 0: it is so; microseconds of CLOCK_MONOTONIC right before and right after) and LENGTH bytes.
 *
 * - nft: an `nft --interactive` that stays, so that no process has to be started and linked: 1 ms instead of 4 to 18. It takes a
 *   transaction a line. It is done with one once it lists a table that was asked for behind it. Where nft is built without
 *   that, each order starts an `nft --file -`.
 * - flush, forget: a netlink message of ctnetlink (linux/netfilter/nfnetlink_conntrack.h): 1 << 8 is NFNL_SUBSYS_CTNETLINK,
 *   2 IPCTNL_MSG_CT_DELETE, flags NLM_F_REQUEST | NLM_F_ACK; without a tuple it deletes all. -2 is ENOENT.
 * - tick: how long a tick of the kernel's timers is, in milliseconds.
 * - reset: IP and TCP headers of 20 bytes each from a raw socket, RST and ACK set.
 */
const EXECUTOR = `
use strict;
use Socket;
use IPC::Open2;
use Time::HiRes qw(clock_gettime clock_getres CLOCK_MONOTONIC);
$| = 1;
$SIG{PIPE} = 'IGNORE';
# It keeps a history there.
$ENV{HOME} = '/nonexistent';
my $MARK = 'halfopen_done';
my $MARKED = qr/table ip $MARK \\{\\n\\}\\n/;
sub now { return clock_gettime(CLOCK_MONOTONIC) * 1e6 }
socket(my $netlink, 16, SOCK_RAW, 12) or die "no netlink socket: $!";
socket(my $raw, PF_INET, SOCK_RAW, 255) or die "no raw socket: $!";

sub started { my ($input, @command) = @_;
  my $pid = open2(my $hear, my $tell, 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command);
  print $tell $input; close $tell;
  my $said = do { local $/; <$hear> } // '';
  waitpid($pid, 0);
  return ($?, $said);
}

started('', 'nft', 'add', 'table', 'ip', $MARK);
open2(my $hear, my $tell, 'sh', '-c', 'exec nft --interactive 2>&1');
$tell->autoflush(1);
sub interactive { my ($rules) = @_;
  $rules =~ s/\\n/ ; /g;
  print $tell "$rules\\nlist table ip $MARK\\n" or return undef;
  my $said = '';
  while ($said !~ $MARKED) { sysread($hear, $said, 65536, length $said) or return undef }
  $said =~ s/$MARKED//;
  return $said;
}
my $stays = defined interactive('');

sub check { my $t = 0; $t += $_ for unpack('n*', $_[0]); $t = ($t >> 16) + ($t & 0xffff) while $t >> 16; return ~$t & 0xffff }
sub attribute { my ($type, $data) = @_; return pack('SS', 4 + length $data, $type) . $data . ("\\0" x (-length($data) & 3)) }
sub nested { my ($type, @parts) = @_; return attribute($type | 0x8000, join '', @parts) }
sub delete_connections { my ($family, $tuple) = @_;
  my $body = pack('CCn', $family, 0, 0) . $tuple;
  send($netlink, pack('LSSLL', 16 + length $body, 1 << 8 | 2, 5, 1, 0) . $body, 0, pack('SSLL', 16, 0, 0, 0)) or return (1, "netlink: $!");
  defined recv($netlink, my $answer, 65536, 0) or return (1, "netlink: $!");
  my (undef, undef, undef, undef, undef, $error) = unpack('LSSLLl', $answer);
  return ($error == 0 || $error == -2) ? (0, '') : (1, 'conntrack: ' . do { local $! = -$error; "$!" });
}

my %do = (
  # 6 is CLOCK_MONOTONIC_COARSE, which ticks as the kernel's timers do.
  tick => sub { return (0, 1000 * (clock_getres(6) || 0.01)) },
  shell => sub { return started($_[0], 'sh', '-e', '-s') },
  nft => sub { my ($rules) = @_;
    return started($rules, 'nft', '--file', '-') unless $stays;
    my $said = interactive($rules);
    return defined $said ? ($said =~ /Error: / ? 1 : 0, $said) : (1, 'nft has ended');
  },
  flush => sub { return delete_connections(0, '') },
  forget => sub { my ($from, $sport, $to, $dport) = split /[ :]/, $_[0];
    return delete_connections(2, nested(1,
      nested(1, attribute(1, inet_aton($from)), attribute(2, inet_aton($to))),
      nested(2, attribute(1, pack('C', 6)), attribute(2, pack('n', $sport)), attribute(3, pack('n', $dport)))));
  },
  reset => sub { my ($from, $sport, $to, $dport, $seq, $ack) = split /[ :]/, $_[0];
    my ($a, $b) = (inet_aton($from), inet_aton($to));
    my $tcp = pack('nnNNCCnnn', $sport, $dport, $seq, $ack, 0x50, 0x14, 0, 0, 0);
    substr($tcp, 16, 2) = pack('n', check($a . $b . pack('CCn', 0, 6, 20) . $tcp));
    my $ip = pack('CCnnnCCna4a4', 0x45, 0, 40, 0, 0x4000, 64, 6, 0, $a, $b);
    return defined send($raw, $ip . $tcp, 0, sockaddr_in(0, $b)) ? (0, '') : (1, "an RST could not be sent: $!");
  },
);

while (defined(my $head = <STDIN>)) {
  my ($id, $what, $length) = split ' ', $head;
  my $given = '';
  read(STDIN, $given, $length) if $length;
  my $from = now();
  my ($status, $said) = $do{$what}->($given);
  my $to = now();
  printf "%d %d %.0f %.0f %d\\n%s", $id, $status ? 1 : 0, $from, $to, length $said, $said;
}`

interface ExecutorAnswer {
  readonly id: number
  readonly ok: boolean
  /** Milliseconds of the machine's monotonic clock. */
  readonly fromMs: number
  readonly toMs: number
  readonly said: string
}

/** Takes the executor's output piece by piece. */
export class AnswerReader {
  #rest: Buffer = Buffer.alloc(0)

  /** The answers that this piece completes. */
  push(piece: Buffer): readonly ExecutorAnswer[] {
    let bytes = Buffer.concat([this.#rest, piece])
    const answers: ExecutorAnswer[] = []
    for (;;) {
      const headEnd = bytes.indexOf('\n')
      const [id = 0, status, from = 0, to = 0, length = 0] = bytes
        .subarray(0, headEnd)
        .toString()
        .split(' ')
        .map(Number)
      const end = headEnd + 1 + length
      if (headEnd < 0 || bytes.length < end) break
      const said = bytes.subarray(headEnd + 1, end).toString()
      answers.push({ id, ok: status === 0, fromMs: from / 1000, toMs: to / 1000, said })
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
    return answers
  }
}
