import { readFileSync } from 'node:fs'
import type { Availability } from '../../model/plugin.ts'
import { runCommand, type ToolRun } from '../../processes/run-tool.ts'
import { type Right, unshareCommand } from './namespace.ts'

export type Allowed = { readonly right: Right } | { readonly reason: string; readonly remedy?: string }

/** Programs of the lab, and the Debian package that each is in. */
const PROGRAMS: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  perl: 'perl',
}

let asked: Promise<Allowed> | undefined

/** Whether network namespaces, and a firewall in them, are to be had here, and by what right. Tried out once. */
export function allowed(): Promise<Allowed> {
  asked ??= tryOut()
  return asked
}

export async function available(): Promise<Availability> {
  const answer = await allowed()
  return 'right' in answer ? true : answer
}

async function tryOut(): Promise<Allowed> {
  if (process.platform !== 'linux') return { reason: 'network namespaces are Linux’s own' }
  const missing = await missingPrograms()
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(name => PROGRAMS[name]))].join(' ')
    return { reason: `not on the PATH: ${missing.join(', ')}`, remedy: `apt-get install ${packages}` }
  }
  const clockless = await complaintOf(['perl', '-MTime::HiRes', '-e', '1'])
  if (clockless !== undefined)
    return { reason: 'perl is there without Time::HiRes', remedy: 'apt-get install perl (Fedora: perl-Time-HiRes)' }
  const rights: readonly Right[] = process.getuid?.() === 0 ? ['root', 'user-namespace'] : ['user-namespace']
  let refusal = ''
  for (const right of rights) {
    const denied = await complaintOf(unshareCommand(right, 'true', []))
    if (denied === undefined) return (await firewallRefusal(right)) ?? { right }
    refusal = denied
  }
  return { reason: `this user may not make network namespaces: ${refusal}`, ...cureFor(settings()) }
}

async function missingPrograms(): Promise<readonly string[]> {
  const looks = Object.keys(PROGRAMS).map(async name => {
    const here = await complaintOf(['sh', '-c', `command -v ${name}`])
    return here === undefined ? [] : [name]
  })
  return (await Promise.all(looks)).flat()
}

/** One rule of each kind that the lab needs. Modules can't be loaded from inside a user namespace. */
const TRIAL = `echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose
nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; }; add rule ip t c ct state invalid reject with tcp reset;
add set ip t s { type ipv4_addr; flags dynamic,timeout; timeout 1s; }; add chain ip t n { type nat hook postrouting priority 100; }; add rule ip t n masquerade'`

async function firewallRefusal(right: Right): Promise<Allowed | undefined> {
  const complaint = await complaintOf(unshareCommand(right, 'sh', ['-ec', TRIAL]))
  if (complaint === undefined) return undefined
  if (/Read-only file system/.test(complaint))
    return {
      reason: '/proc/sys is read-only, as in a container',
      remedy: 'docker run --privileged, or run halfopen outside of it',
    }
  return {
    reason: `the kernel's firewall refuses: ${complaint}`,
    remedy: 'sudo modprobe -a nf_tables nf_conntrack nft_ct nft_reject_ipv4 nft_masq',
  }
}

async function complaintOf(command: ToolRun): Promise<string | undefined> {
  try {
    await runCommand(command)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** What may forbid it, as the system tells: absent where it has no such setting. */
export interface NetnsSettings {
  readonly apparmorRestricts?: string | undefined
  readonly usernsClone?: string | undefined
  readonly mostUserNamespaces?: string | undefined
  readonly mostNetNamespaces?: string | undefined
  /** Of this process, from /proc/self/status; 2: filtered. */
  readonly seccomp?: string | undefined
}

function settings(): NetnsSettings {
  return {
    apparmorRestricts: read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
    usernsClone: read('/proc/sys/kernel/unprivileged_userns_clone'),
    mostUserNamespaces: read('/proc/sys/user/max_user_namespaces'),
    mostNetNamespaces: read('/proc/sys/user/max_net_namespaces'),
    seccomp: /^Seccomp:\s+(\d)/m.exec(read('/proc/self/status') ?? '')?.[1],
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Which setting forbids it, and what would change that. */
export function cureFor(found: NetnsSettings): { readonly remedy: string } {
  if (found.usernsClone === '0') return { remedy: 'sudo sysctl kernel.unprivileged_userns_clone=1 (it is 0)' }
  if (found.mostUserNamespaces === '0') return { remedy: 'sudo sysctl user.max_user_namespaces=15000 (it is 0)' }
  if (found.mostNetNamespaces === '0') return { remedy: 'sudo sysctl user.max_net_namespaces=15000 (it is 0)' }
  if (found.apparmorRestricts === '1')
    return { remedy: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (it is 1), or run it with sudo' }
  if (found.seccomp === '2')
    return {
      remedy:
        'a seccomp filter is in force, as in a container: docker run --privileged (or --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined)',
    }
  return { remedy: 'run it with sudo' }
}
