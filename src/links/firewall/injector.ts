import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { toolEnv } from '../../labs/netns/command.ts'
import { guardProcess, startReaper } from '../../labs/reaper.ts'
import type { FirewallPlace } from './place.ts'

/** An RST as its receiver will believe it: from the peer's address, with the next byte's number. */
export interface Reset {
  readonly from: string
  readonly to: string
  readonly seq: number
  readonly ack: number
}

/** Sends segments that are nobody's: nft answers packets with RST, but only the sender, and only when there is one. */
export interface Injector extends AsyncDisposable {
  send(reset: Reset): void
}

/** Node has no raw sockets; perl is on every Debian and most other systems. IP and TCP headers of 20 bytes each, RST and ACK set. */
const PROGRAM = `
use Socket;
socket(my $s, PF_INET, SOCK_RAW, 255) or die "no raw socket: $!";
sub check { my $t = 0; $t += $_ for unpack('n*', $_[0]); $t = ($t >> 16) + ($t & 0xffff) while $t >> 16; return ~$t & 0xffff }
$| = 1;
print "ready\\n";
while (<STDIN>) {
  my ($from, $sport, $to, $dport, $seq, $ack) = split /[ :\\n]/;
  my ($a, $b) = (inet_aton($from), inet_aton($to));
  my $tcp = pack('nnNNCCnnn', $sport, $dport, $seq, $ack, 0x50, 0x14, 0, 0, 0);
  substr($tcp, 16, 2) = pack('n', check($a . $b . pack('CCn', 0, 6, 20) . $tcp));
  my $ip = pack('CCnnnCCna4a4', 0x45, 0, 40, 0, 0x4000, 64, 6, 0, $a, $b);
  send($s, $ip . $tcp, 0, sockaddr_in(0, $b)) or warn "can't send: $!";
}`

export async function startInjector(place: FirewallPlace, trouble: (error: unknown) => void): Promise<Injector> {
  startReaper()
  const [file, ...args] = place.enter('perl', ['-e', PROGRAM])
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: toolEnv(),
  })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const ended = new Promise<void>(resolve => child.once('close', () => resolve())).finally(release)
  child.stdin.on('error', () => {})
  let said = ''
  let begun = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (begun) trouble(`an RST could not be sent: ${text.trim()}`)
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', error => reject(new Error(`can't send RST: ${error.message}`)))
    createInterface({ input: child.stdout }).once('line', () => resolve())
    ended.then(() => reject(new Error(`can't send RST: ${said.trim()}`)))
  })
  begun = true
  return {
    send: ({ from, to, seq, ack }) => void child.stdin.write(`${from} ${to} ${seq} ${ack}\n`),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
